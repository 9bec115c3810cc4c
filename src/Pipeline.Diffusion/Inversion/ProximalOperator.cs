using System.Text.Json.Serialization;

namespace Pipeline.Diffusion.Inversion;

/// <summary>How proximal guidance thins the difference of the guidance halves.</summary>
public enum ProximalOperator
{
    /// <summary>Not at all: negative-prompt inversion.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Hard: values up to the threshold become 0, others stay.</summary>
    [JsonStringEnumMemberName("l0")]
    L0,

    /// <summary>Soft: every value moves towards 0 by the threshold.</summary>
    [JsonStringEnumMemberName("l1")]
    L1,
}
