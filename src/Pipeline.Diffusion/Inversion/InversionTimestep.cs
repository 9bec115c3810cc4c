using System.Text.Json.Serialization;

namespace Pipeline.Diffusion.Inversion;

/// <summary>At which timestep the model is asked in a step of inversion.</summary>
public enum InversionTimestep
{
    /// <summary>That of the level the step arrives at: the prompt-to-prompt family of code.</summary>
    [JsonStringEnumMemberName("next")]
    Next,

    /// <summary>That of the level the latent is at, 0 for the picture itself: pix2pix-zero.</summary>
    [JsonStringEnumMemberName("current")]
    Current,
}
