using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Evaluation.Selection;

/// <summary>
/// Shares of a data set, such as <c>train=0.9,val=0.1</c>. Where a source belongs depends on its digest and the seed alone: all that was made from it stays together, in every export, and
/// further sources move none of the earlier ones.
/// </summary>
public sealed partial class SplitPlan
{
    private readonly (string Name, double End)[] splits;
    private readonly string seed;

    private SplitPlan((string Name, double End)[] splits, string seed) => (this.splits, this.seed) = (splits, seed);

    /// <summary>Everything in one, which has no name.</summary>
    public static SplitPlan Whole { get; } = new([("", 1)], "");

    /// <summary>Names, in the order in which they were given.</summary>
    public IReadOnlyList<string> Names => [.. splits.Select(s => s.Name)];

    /// <summary>Reads <c>name=share,name=share</c>; the shares add up to 1.</summary>
    /// <exception cref="FormatException">It is no such list; says what is wrong.</exception>
    public static SplitPlan Parse(string text, string seed = "")
    {
        var splits = new List<(string, double)>();
        double end = 0;
        foreach (string part in text.Split(','))
        {
            Match match = Form().Match(part);
            if (!match.Success || !double.TryParse(match.Groups["share"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) || share <= 0)
            {
                throw new FormatException($"'{part}': write a split as name=share, such as train=0.9 (letters, digits, dashes; shares above 0)");
            }

            string name = match.Groups["name"].Value;
            if (splits.Exists(s => s.Item1 == name))
            {
                throw new FormatException($"'{text}': the split '{name}' stands there twice");
            }

            splits.Add((name, end += share));
        }

        if (Math.Abs(end - 1) > 1e-6)
        {
            throw new FormatException($"'{text}': the shares add up to {end:0.######}, not to 1");
        }

        splits[^1] = (splits[^1].Item1, 1);
        return new SplitPlan([.. splits], seed);
    }

    /// <summary>The split of everything that was made from a source.</summary>
    /// <param name="source">Digest of the source, or another name of it.</param>
    public string Of(string source)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\0{source}"));
        // 53 bits: exactly the numbers of [0, 1) that a double holds evenly.
        double at = (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) * (1.0 / (1UL << 53));
        return splits.First(s => at < s.End).Name;
    }

    [GeneratedRegex(@"^\s*(?<name>[A-Za-z0-9][A-Za-z0-9_-]{0,39})=(?<share>[\d.]{1,20})\s*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
