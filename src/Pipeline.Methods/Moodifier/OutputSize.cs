using System.Text.Json.Serialization;

namespace Pipeline.Methods.Moodifier;

/// <summary>The size of the edited picture.</summary>
public enum OutputSize
{
    /// <summary>The size at which the diffusion model worked.</summary>
    [JsonStringEnumMemberName("working")]
    Working,

    /// <summary>The size of the source picture: the result is enlarged and, with pixel composite, the source's own pixels stay outside the stimuli.</summary>
    [JsonStringEnumMemberName("source")]
    Source,
}
