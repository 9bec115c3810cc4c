using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Evaluation.Selection;

/// <summary>A condition on one metric of one edit: <c>clip_directional&gt;=0.1</c>, with <c>&gt;=</c>, <c>&lt;=</c>, <c>&gt;</c> or <c>&lt;</c>.</summary>
public sealed partial record MetricRule
{
    private MetricRule()
    {
    }

    /// <summary>As it was written, without spaces.</summary>
    public required string Text { get; init; }

    /// <summary>Name of the metric.</summary>
    public required string Metric { get; init; }

    private bool Above { get; init; }

    private bool OrEqual { get; init; }

    private double Limit { get; init; }

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">It is none; says how one is written.</exception>
    public static MetricRule Parse(string text)
    {
        Match match = Form().Match(text);
        if (!match.Success || !double.TryParse(match.Groups["limit"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double limit) || !double.IsFinite(limit))
        {
            throw new FormatException($"'{text}': write a condition as metric>=value, metric<=value, metric>value or metric<value");
        }

        string sign = match.Groups["sign"].Value;
        return new MetricRule
        {
            Text = $"{match.Groups["metric"].Value}{sign}{match.Groups["limit"].Value}", Metric = match.Groups["metric"].Value, Above = sign[0] == '>', OrEqual = sign.Length == 2, Limit = limit,
        };
    }

    /// <summary>Whether a value fulfils the condition; what is not a number never does.</summary>
    public bool Holds(double value) => Above ? value > Limit || (OrEqual && value == Limit) : value < Limit || (OrEqual && value == Limit);

    [GeneratedRegex(@"^\s*(?<metric>\w+)\s*(?<sign>>=|<=|>|<)\s*(?<limit>[-+.\deE]+)\s*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
