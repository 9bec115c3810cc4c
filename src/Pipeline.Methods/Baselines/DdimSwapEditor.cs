using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>DDIM with word swap: the picture is inverted under its own prompt and sampled again under the target prompt, without any control.</summary>
/// <remarks>
/// The baseline of G. Parmar et al., "Zero-shot Image-to-Image Translation" (pix2pix-zero), 2023 (arXiv:2302.03027), and of StyleDiffusion's Table 2. N sample-forwards for the inversion, 2 N an emotion.
/// </remarks>
public sealed class DdimSwapEditor(IDiffusionModel model, DdimSwapOptions options, TimeProvider? time = null) : BaselineEditor<DdimSwapOptions>(model, options, time)
{
    /// <inheritdoc />
    public override string Name => "ddim-word-swap";

    /// <inheritdoc />
    protected override InversionArtefact Prepare(BaselineContext context) =>
        new DdimInversion(context.Predictor, Options.Ddim(Model.Schedule), Options.Steps)
            .Compute(context.Latent, context.Source.States, new NoiseSource(0, context.Request.SourceDigest), context.Cancellation);

    /// <inheritdoc />
    protected override IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs)
    {
        Tensor start = context.Prepared![DdimInversion.PathName].narrow(0, Options.Steps, 1).repeat(jobs.Count, 1, 1, 1); // z*_N, [K, C, h, w]
        return new TargetSampler(context.Predictor, Options.Ddim(Model.Schedule), Options.Steps)
            .Run(start, jobs, context.Negative.States, 0, null, context.OnStep, context.Cancellation);
    }
}
