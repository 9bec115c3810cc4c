using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// One run of a scheduler over a fixed number of steps. A run of a multistep solver remembers earlier outputs, so a sampler belongs to one job (any batch size) and is disposed with it.
/// </summary>
/// <remarks>All tensors returned are the caller's and lie in its current dispose scope; inputs are not changed.</remarks>
public interface ISampler : IDisposable
{
    /// <summary>The timestep at which the model is called, per model call. Fractional for some Euler settings.</summary>
    IReadOnlyList<double> Timesteps { get; }

    /// <summary>Standard deviation that the start noise must have.</summary>
    double InitialNoiseScale { get; }

    /// <summary>Whether the step of this index adds noise.</summary>
    bool NeedsNoise(int index);

    /// <summary>What the model is to be given in place of the sample [B, C, H, W].</summary>
    Tensor ScaleInput(int index, Tensor sample);

    /// <summary>Advances the sample [B, C, H, W] by one model call. Indices run upwards from 0, each once.</summary>
    /// <param name="index">Index into <see cref="Timesteps"/>.</param>
    /// <param name="output">The model's output for the scaled sample.</param>
    /// <param name="sample">The sample before the step.</param>
    /// <param name="noise">Standard normal noise where <see cref="NeedsNoise"/> says so.</param>
    Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null);
}
