using System.Text.Json.Serialization;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>How the first mapping network starts.</summary>
public enum MappingInit
{
    /// <summary>Weights and biases of standard deviation 1 / sqrt(3 fan_in), the spread of the framework's default that the authors' code uses; drawn normally here.</summary>
    [JsonStringEnumMemberName("framework")]
    Framework,

    /// <summary>Weights of standard deviation 0.01, biases 0 (the paper).</summary>
    [JsonStringEnumMemberName("gaussian")]
    Gaussian,

    /// <summary>As <see cref="Framework"/>, but with a last layer of weights 0 that leaves the text as it is: scale 1, shift 0. Film only (ours).</summary>
    [JsonStringEnumMemberName("identity")]
    Identity,
}
