using System.Text.Json.Serialization;

namespace Pipeline.Diffusion.Attention;

/// <summary>Whose cross-attention maps refinement takes.</summary>
public enum RefineFrom
{
    /// <summary>The source branch (Moodifier).</summary>
    [JsonStringEnumMemberName("src")]
    Source,

    /// <summary>The mutual branch (InfEdit).</summary>
    [JsonStringEnumMemberName("mut")]
    Mutual,
}
