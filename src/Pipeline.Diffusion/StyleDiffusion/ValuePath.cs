using System.Text.Json.Serialization;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>How a mapping network's output becomes the input of the value projections.</summary>
public enum ValuePath
{
    /// <summary>c * scale + shift, token by token, with the branch's own text states c: one network serves any target prompt (authors' code).</summary>
    [JsonStringEnumMemberName("film")]
    Film,

    /// <summary>The output itself, whatever the text (the paper's text).</summary>
    [JsonStringEnumMemberName("direct")]
    Direct,
}
