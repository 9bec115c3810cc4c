using Pipeline.Diffusion.Schedulers;
using Pipeline.Models;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>Stable Diffusion's parts as the editing methods see them. The networks belong to the caller.</summary>
/// <param name="unet">Denoiser.</param>
/// <param name="autoencoder">Autoencoder.</param>
/// <param name="text">Text encoder.</param>
/// <param name="schedule">Noise schedule of the denoiser's training.</param>
/// <param name="prediction">What the denoiser's output means.</param>
public sealed class LatentDiffusionModel(
    UNet2DConditionModel unet,
    AutoencoderKL autoencoder,
    Func<string, TextStates> text,
    NoiseSchedule schedule,
    PredictionType prediction = PredictionType.Epsilon) : IDiffusionModel
{
    /// <inheritdoc />
    public INoisePredictor Noise { get; } = new UNetNoisePredictor(unet, schedule, prediction);

    /// <inheritdoc />
    public int LatentFactor => autoencoder.Config.Factor;

    /// <inheritdoc />
    public int NativeSide => (unet.Config.SampleSize > 0 ? unet.Config.SampleSize : 64) * LatentFactor;

    /// <inheritdoc />
    public Device Device => unet.Device;

    /// <summary>The parts of a loaded checkpoint folder, with the noise schedule and prediction type of its scheduler file.</summary>
    /// <exception cref="ModelFormatException">The scheduler file asks for what is not implemented.</exception>
    public static LatentDiffusionModel From(StableDiffusionModel model)
    {
        IDiffusionScheduler scheduler = SchedulerLoader.Create(model.Scheduler);
        var prompts = new ClipPromptEncoder(model.TextEncoder, model.Tokenizer, model.Device);
        return new LatentDiffusionModel(model.UNet, model.Vae, prompts.Encode, scheduler.Noise, scheduler.Prediction);
    }

    /// <inheritdoc />
    public NoiseSchedule Schedule => schedule;

    /// <inheritdoc />
    public double LatentScale => autoencoder.Config.ScalingFactor;

    /// <inheritdoc />
    public double AlphaBar(int timestep) => schedule.AlphaBar(timestep);

    /// <inheritdoc />
    public Tensor EncodeImage(Tensor image)
    {
        using var scope = NewDisposeScope();
        Tensor latent = autoencoder.ToLatent(image.to(autoencoder.Dtype, autoencoder.Device));
        return latent.to(ScalarType.Float32, unet.Device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor DecodeLatent(Tensor latent)
    {
        using var scope = NewDisposeScope();
        Tensor image = autoencoder.ToImage(latent.to(autoencoder.Dtype, autoencoder.Device));
        return image.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public TextStates EncodeText(string prompt) => text(prompt);
}
