using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Toys;

/// <summary>epsilon(z, t, c) = tanh(z A + c (0.5 + t/1000)), channel by channel: a denoiser in closed form, without mixing between pixels.</summary>
public sealed class ToyPredictor(int channels, ScalarType dtype) : INoisePredictor, IDisposable
{
    private readonly Tensor a = new NoiseSource(3, "toy").NormalTensor("A", [channels, channels]).to(dtype).DetachFromDisposeScope();

    public long Forwards { get; private set; }

    public IReadOnlyList<AttentionSite> AttentionSites => [];

    /// <summary>Text states [R, L, X] act by their mean over tokens; X must be the number of channels.</summary>
    public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        Forwards += latents.shape[0];
        using var scope = NewDisposeScope();
        Tensor mixed = latents.permute(0, 2, 3, 1).matmul(a); // [R, h, w, C]
        Tensor text = context.mean([1L]).reshape(context.shape[0], 1, 1, -1) * (0.5 + timestep / 1000.0);
        return (mixed + text).tanh().permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    public void Dispose() => a.Dispose();
}
