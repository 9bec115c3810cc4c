using Pipeline.Diffusion.Sampling;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>Counts sample-forwards, so that results state what a method really cost.</summary>
internal sealed class CountingPredictor(INoisePredictor inner) : INoisePredictor
{
    public long SampleForwards { get; private set; }

    public IReadOnlyList<AttentionSite> AttentionSites => inner.AttentionSites;

    public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        SampleForwards += latents.shape[0];
        return inner.Predict(latents, timestep, context, control, step);
    }
}
