using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Cli.Parity;

/// <summary>Guidance scales that a case states in words.</summary>
internal static partial class ParityGuidance
{
    /// <summary>The number after "target guidance" in the call, or meta.json's <c>guidance</c>.</summary>
    public static double Target(ParityCase reference)
    {
        if (reference.Meta.TryGetProperty("guidance", out var value) && value.TryGetDouble(out double stated))
        {
            return stated;
        }

        Match match = InWords().Match(reference.Call);
        return match.Success
            ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new CaseUnavailableException("meta.json states no guidance scale");
    }

    [GeneratedRegex(@"target guidance\s+(\d+(?:\.\d+)?)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex InWords();
}
