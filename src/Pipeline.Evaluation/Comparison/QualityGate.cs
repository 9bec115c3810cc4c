using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Evaluation.Aggregation;

namespace Pipeline.Evaluation.Comparison;

/// <summary>
/// A threshold that a run must keep: <c>[method:]metric&gt;=value</c> or <c>&lt;=</c> on a mean, <c>[method:]delta(metric)&gt;=value</c> on the mean difference to the baseline run over common
/// cases, <c>[method:]coverage&gt;=value</c> on the share of cases that ended well. Without a method it holds for every one.
/// </summary>
public sealed partial record QualityGate
{
    /// <summary>Name for the share of cases that ended well.</summary>
    public const string Coverage = "coverage";

    private QualityGate()
    {
    }

    /// <summary>As it was written.</summary>
    public required string Text { get; init; }

    /// <summary>Label of a method; null for all.</summary>
    public string? Method { get; private init; }

    /// <summary>Name of the metric.</summary>
    public required string Metric { get; init; }

    /// <summary>Whether the difference to the baseline is meant.</summary>
    public bool IsDelta { get; private init; }

    /// <summary>Whether values at or above the limit pass; else those at or below it.</summary>
    public bool AtLeast { get; private init; }

    /// <summary>The limit.</summary>
    public double Limit { get; private init; }

    /// <summary>Reads a gate.</summary>
    /// <exception cref="FormatException">Not a gate; says how one is written.</exception>
    public static QualityGate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Match match = Form().Match(text);
        return match.Success && double.TryParse(match.Groups["limit"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double limit) && double.IsFinite(limit)
            ? new QualityGate
            {
                Text = text,
                Method = match.Groups["method"] is { Success: true, Value: { } method } ? method.Trim() : null,
                Metric = match.Groups["delta"].Success ? match.Groups["delta"].Value : match.Groups["metric"].Value,
                IsDelta = match.Groups["delta"].Success,
                AtLeast = match.Groups["sign"].Value == ">=",
                Limit = limit,
            }
            : throw new FormatException($"'{text}': write a gate as [method:]metric>=value, [method:]metric<=value or [method:]delta(metric)>=value");
    }

    /// <summary>One result for every method that the gate speaks of.</summary>
    /// <param name="items">The run.</param>
    /// <param name="baseline">The run it is compared with; null fails gates on differences.</param>
    public IEnumerable<GateResult> Check(IReadOnlyCollection<EvaluatedItem> items, IReadOnlyCollection<EvaluatedItem>? baseline)
    {
        string[] methods = Method is null ? [.. items.Select(i => i.Method).Distinct().Order(StringComparer.Ordinal)] : [Method];
        return methods.Select(method => Check(method, [.. items.Where(i => i.Method == method)], [.. baseline?.Where(i => i.Method == method) ?? []]));
    }

    private GateResult Check(string method, EvaluatedItem[] items, EvaluatedItem[] baseline)
    {
        double? value = items.Length == 0 ? null
            : IsDelta ? PairedDifference.Of(items, baseline, Metric).Mean
            : Metric == Coverage ? items.Count(i => i.Error is null) / (double)items.Length
            : MetricSummary.Of(items.Select(i => i.Error is null && i.Metrics.TryGetValue(Metric, out double v) ? (double?)v : null), resamples: 1).Mean;
        return new GateResult(this, method, value, value is { } v && (AtLeast ? v >= Limit : v <= Limit));
    }

    [GeneratedRegex(@"^\s*((?<method>[^:<>]+):)?\s*(delta\(\s*(?<delta>\w+)\s*\)|(?<metric>\w+))\s*(?<sign>>=|<=)\s*(?<limit>[-+.\deE]+)\s*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
