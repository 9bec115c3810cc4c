namespace Pipeline.Models.StableDiffusion;

/// <summary>What all residual blocks of a network share.</summary>
/// <param name="TimeChannels">Width of the time embedding; 0 for a block without one.</param>
/// <param name="Groups">Groups of the normalisations.</param>
/// <param name="Epsilon">Epsilon of the normalisations.</param>
/// <param name="Activation">Name of the activation.</param>
/// <param name="OutputScale">Divisor of the output.</param>
public sealed record ResnetOptions(long TimeChannels, long Groups, double Epsilon, string Activation, double OutputScale = 1.0);
