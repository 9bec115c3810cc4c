using System.Text.Json.Serialization;

namespace Pipeline.Methods.Moodifier;

/// <summary>What to do where no stimulus was located.</summary>
public enum MaskFallback
{
    /// <summary>Find the region by the cross-attention of the stimulus phrases; the whole picture where there are none.</summary>
    [JsonStringEnumMemberName("cross_attention")]
    CrossAttention,

    /// <summary>Let the whole picture change.</summary>
    [JsonStringEnumMemberName("global")]
    Global,
}
