using System.Text.Json.Serialization;

namespace Pipeline.Methods.Moodifier;

/// <summary>What a target's latent is held on outside its mask.</summary>
public enum BlendBase
{
    /// <summary>The source latent: the background is the input's.</summary>
    [JsonStringEnumMemberName("src")]
    Source,

    /// <summary>The mutual branch, as in the authors' code: smoother seams while denoising.</summary>
    [JsonStringEnumMemberName("mut")]
    Mutual,
}
