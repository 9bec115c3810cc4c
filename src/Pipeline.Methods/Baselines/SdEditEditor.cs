using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>SDEdit: noise is put on the picture up to a level, and the target prompt denoises it from there.</summary>
/// <remarks>
/// C. Meng et al., "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations", 2021 (arXiv:2108.01073), section 3. The level is that of step round((1 - s) N) of the DDIM list; at s = 1 the
/// start is noise alone, whatever the last alpha-bar leaves of the picture. 2 s N sample-forwards an emotion.
/// </remarks>
public sealed class SdEditEditor(IDiffusionModel model, SdEditOptions options, TimeProvider? time = null) : BaselineEditor<SdEditOptions>(model, options, time)
{
    /// <inheritdoc />
    public override string Name => "sdedit";

    /// <inheritdoc />
    protected override IReadOnlyList<int> Timesteps => [.. base.Timesteps.Skip(Options.FirstStep)];

    /// <inheritdoc />
    protected override IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs)
    {
        Tensor z0 = context.Latent;
        var sampler = new TargetSampler(context.Predictor, Options.Ddim(Model.Schedule), Options.Steps, Options.Eta);
        int from = Options.FirstStep;
        if (from == Options.Steps)
        {
            return [.. jobs.Select(_ => z0.alias())];
        }

        double ab = sampler.AlphaBar(sampler.Timesteps[from]);
        Tensor start = cat([.. jobs.Select(job => Draw(context, job, "sdedit/start") is var n && from == 0 ? n : z0 * Math.Sqrt(ab) + n * Math.Sqrt(1 - ab))]); // [K, C, h, w]
        return sampler.Run(start, jobs, context.Negative.States, from, (job, k) => Draw(context, job, $"sdedit/step/{k}"), context.OnStep, context.Cancellation);
    }

    private static Tensor Draw(BaselineContext context, BaselineJob job, string purpose) =>
        new NoiseSource(job.Seed, context.Request.SourceDigest).NormalTensor(purpose, context.Latent.shape, context.Latent.device);
}
