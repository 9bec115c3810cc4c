using static TorchSharp.torch;

namespace Pipeline.Diffusion.Noise;

/// <summary>Where an inversion takes its noise from: <see cref="NoiseSource"/> in production, recorded tensors when another implementation's run is repeated.</summary>
public interface INoiseSource
{
    /// <summary>Standard normal values of the stream named <paramref name="purpose"/>, float32 of <paramref name="shape"/> on <paramref name="device"/>. Owned by the caller.</summary>
    Tensor NormalTensor(string purpose, long[] shape, Device? device = null);
}
