using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>InstructPix2Pix: a denoiser that was trained on pairs and instructions sees the source's latent in four channels of its own.</summary>
/// <remarks>
/// T. Brooks et al., "InstructPix2Pix: Learning to Follow Image Editing Instructions", 2023 (arXiv:2211.09800), section 3.2, eq. (3): e = e(0, 0) + s_I (e(I, 0) - e(0, 0)) + s_T (e(I, T) - e(I, 0)). The source's
/// latent enters as the autoencoder gives it, without the latent scale, as in the published pipeline. DDIM sampling from pure noise (the authors use an ancestral sampler). 3 N sample-forwards an emotion.
/// </remarks>
public sealed class InstructPix2PixEditor(IDiffusionModel model, InstructPix2PixOptions options, TimeProvider? time = null)
    : BaselineEditor<InstructPix2PixOptions>(model, options, time)
{
    /// <inheritdoc />
    public override string Name => "instruct-pix2pix";

    /// <inheritdoc />
    protected override int RowsPerEdit => 3;

    /// <inheritdoc />
    protected override IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var scheduler = new DdimScheduler(Options.Ddim(Model.Schedule));
        int[] timesteps = scheduler.Timesteps(Options.Steps);
        int count = jobs.Count;
        Tensor source = (context.Latent / Model.LatentScale).repeat(count, 1, 1, 1);                     // [K, C, h, w]
        Tensor pictures = cat([source, source, zeros_like(source)]);                                    // [3 K, C, h, w]
        Tensor text = cat([.. jobs.Select(job => Encode(Instruction(job.Edit)).States)]);               // [K, L, X]
        Tensor negative = context.Negative.States.expand(count, -1, -1);
        Tensor texts = cat([text, negative, negative]);                                                 // [3 K, L, X]
        Tensor z = cat([.. jobs.Select(job =>
            new NoiseSource(job.Seed, context.Request.SourceDigest).NormalTensor("instruct/start", context.Latent.shape, context.Latent.device))]);
        for (int k = 0; k < timesteps.Length; k++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            Tensor rows = context.Predictor.Predict(cat([cat([z, z, z]), pictures], 1), timesteps[k], texts, null, k);
            Tensor e = cat([.. jobs.Select((job, i) => Guided(rows.narrow(0, i, 1), rows.narrow(0, count + i, 1), rows.narrow(0, 2 * count + i, 1), job.Guidance))]);
            z = scheduler.Step(e, z, timesteps[k], timesteps[k] - scheduler.Stride(Options.Steps)).MoveToOuterDisposeScope();
            context.OnStep();
        }

        return [.. jobs.Select((_, i) => z.narrow(0, i, 1).MoveToOuterDisposeScope())];
    }

    // eq. (3)
    private Tensor Guided(Tensor full, Tensor image, Tensor none, double text) => none + (image - none) * Options.ImageGuidance + (full - image) * text;

    private string Instruction(EmotionEdit edit) => Options.Instruction
        .Replace("{target}", edit.TargetPrompt, StringComparison.Ordinal)
        .Replace("{emotion}", edit.Emotion, StringComparison.Ordinal);
}
