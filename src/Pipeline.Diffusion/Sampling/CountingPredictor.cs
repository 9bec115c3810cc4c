using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>Another predictor that counts what it is asked for, in sample-forwards. Not thread-safe.</summary>
/// <param name="inner">The predictor; belongs to the caller.</param>
public sealed class CountingPredictor(INoisePredictor inner) : INoisePredictor
{
    /// <summary>Rows of all calls so far; a recording counts as one forward, and its gradient is not counted.</summary>
    public long SampleForwards { get; private set; }

    /// <inheritdoc />
    public IReadOnlyList<AttentionSite> AttentionSites => inner.AttentionSites;

    /// <inheritdoc />
    public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        SampleForwards += latents.shape[0];
        return inner.Predict(latents, timestep, context, control, step);
    }

    /// <inheritdoc />
    public Tensor PredictEach(Tensor latents, IReadOnlyList<int> timesteps, Tensor context)
    {
        SampleForwards += latents.shape[0];
        return inner.PredictEach(latents, timesteps, context);
    }

    /// <inheritdoc />
    public INoiseRecording Record(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        SampleForwards += latents.shape[0];
        return inner.Record(latents, timestep, context, control, step);
    }
}
