using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Cli.Parity;

/// <summary>Guidance scales that a case states in words.</summary>
internal static partial class ParityGuidance
{
    /// <summary>meta.json's <c>guidance</c>, else the number after "target guidance" or "guidance" in the call, else null.</summary>
    public static double? Stated(ParityCase reference)
    {
        if (reference.Meta.TryGetProperty("guidance", out JsonElement value) && value.TryGetDouble(out double stated))
        {
            return stated;
        }

        Match match = InWords().Match(reference.Call);
        return match.Success ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The same, where a case is worth nothing without it.</summary>
    /// <exception cref="CaseUnavailableException">The case states none.</exception>
    public static double Target(ParityCase reference) => Stated(reference) ?? throw new CaseUnavailableException("meta.json states no guidance scale");

    [GeneratedRegex(@"(?:target )?guidance\s+(\d+(?:\.\d+)?)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex InWords();
}
