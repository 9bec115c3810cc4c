using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>What training gave. Owns networks and latents.</summary>
/// <param name="Networks">M of every sampling step, noisiest first.</param>
/// <param name="Latents">The reconstruction after every step [N, C, h, w].</param>
/// <param name="Losses">Losses of every step's optimisation steps.</param>
public sealed record ValuePathTraining(IReadOnlyList<MappingNetwork> Networks, Tensor Latents, IReadOnlyList<IReadOnlyList<ValuePathLoss>> Losses) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        foreach (MappingNetwork network in Networks)
        {
            network.Dispose();
        }

        Latents.Dispose();
    }
}
