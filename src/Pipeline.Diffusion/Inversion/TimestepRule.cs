using System.Text.Json.Serialization;

namespace Pipeline.Diffusion.Inversion;

/// <summary>How the timesteps of a run are picked from the training timesteps.</summary>
public enum TimestepRule
{
    /// <summary>Latent consistency models: a subset of the distillation's own list (999, 979, ..., 19 for 50 original steps).</summary>
    [JsonStringEnumMemberName("lcm")]
    Lcm,

    /// <summary>Evenly from below: i * (1000 div N) plus an offset, reversed.</summary>
    [JsonStringEnumMemberName("leading")]
    Leading,
}
