using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.Attention;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>A UNet as a noise predictor: any prediction type is turned into noise, in float32, whatever the type of the weights.</summary>
/// <param name="unet">The network; belongs to the caller.</param>
/// <param name="schedule">Noise schedule of its training.</param>
/// <param name="prediction">What its output means.</param>
public sealed class UNetNoisePredictor(UNet2DConditionModel unet, NoiseSchedule schedule, PredictionType prediction = PredictionType.Epsilon) : INoisePredictor
{
    /// <inheritdoc />
    public IReadOnlyList<AttentionSite> AttentionSites => unet.AttentionSites;

    /// <inheritdoc />
    public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        using var scope = NewDisposeScope();
        Tensor t = tensor((long)timestep, ScalarType.Int64);
        Tensor output = unet.Forward(latents.to(unet.Dtype, unet.Device), t, context.to(unet.Dtype, unet.Device), control, step).to(ScalarType.Float32);
        Tensor noise = prediction == PredictionType.Epsilon
            ? output
            : OutputTransform.At(prediction, schedule.AlphaBar(timestep)).Epsilon(latents.to(ScalarType.Float32), output);
        return noise.MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor PredictEach(Tensor latents, IReadOnlyList<int> timesteps, Tensor context)
    {
        using var scope = NewDisposeScope();
        Tensor each = tensor(timesteps.Select(t => (long)t).ToArray());
        Tensor output = unet.Forward(latents.to(unet.Dtype, unet.Device), each, context.to(unet.Dtype, unet.Device)).to(ScalarType.Float32);
        Tensor wide = latents.to(ScalarType.Float32);
        return prediction == PredictionType.Epsilon
            ? output.MoveToOuterDisposeScope()
            : cat([.. timesteps.Select((t, i) => OutputTransform.At(prediction, schedule.AlphaBar(t)).Epsilon(wide.narrow(0, i, 1), output.narrow(0, i, 1)))]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public INoiseRecording Record(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        using var scope = NewDisposeScope();
        Tensor t = tensor((long)timestep, ScalarType.Int64);
        Tensor sample = latents.detach().to(unet.Dtype, unet.Device, true);
        Tensor leaf = context.detach().to(unet.Dtype, unet.Device, true).requires_grad_();
        OutputTransform? read = prediction == PredictionType.Epsilon ? null : OutputTransform.At(prediction, schedule.AlphaBar(timestep));
        return new UNetNoiseRecording((z, c) => unet.Record(z, t, c, control, step), sample, leaf, read);
    }
}
