using Pipeline.Diffusion.Sampling;
using static TorchSharp.torch;

namespace Pipeline.Methods.Tests.Moodifier;

/// <summary>A model that keeps the latents it is asked to decode.</summary>
internal sealed class LatentProbe(IDiffusionModel inner) : IDiffusionModel
{
    public List<Tensor> Decoded { get; } = [];

    public INoisePredictor Noise => inner.Noise;

    public int LatentFactor => inner.LatentFactor;

    public Device Device => inner.Device;

    public double AlphaBar(int timestep) => inner.AlphaBar(timestep);

    public Tensor EncodeImage(Tensor image) => inner.EncodeImage(image);

    public Tensor DecodeLatent(Tensor latent)
    {
        Decoded.Add(latent.clone().DetachFromDisposeScope());
        return inner.DecodeLatent(latent);
    }

    public TextStates EncodeText(string prompt) => inner.EncodeText(prompt);
}
