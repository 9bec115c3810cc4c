using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipeline.Evaluation.Suites;

/// <summary>
/// The list of edits that StyleDiffusion's authors work through (Li et al. 2023, arXiv 2303.15649): a CSV file with the columns of <see cref="Columns"/>, of which picture and prompts are
/// required; lists are Python literals and are parsed, never evaluated.
/// </summary>
public static class StyleDiffusionSuite
{
    /// <summary>Name of the method whose parameters the τ columns are.</summary>
    public const string Method = "stylediffusion";

    /// <summary>Known columns; others are left alone.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["case_number", "prompt", "image_path", "target", "blend_word", "eq_params", "tau_v", "tau_c", "tau_s", "tau_u", "edit_type"];

    private static readonly (string Column, string Parameter)[] s_taus =
        [("tau_v", "valueUntil"), ("tau_c", "crossUntil"), ("tau_s", "selfUntil"), ("tau_u", "unconditionalUntil")];

    /// <summary>All cases, in the file's order.</summary>
    /// <exception cref="SuiteException">Not such a file; names line and column.</exception>
    public static IReadOnlyList<SuiteCase> Read(string csv)
    {
        IReadOnlyList<string>? names = null;
        List<SuiteCase> cases = [];
        foreach ((int line, IReadOnlyList<string> fields) in CsvReader.Read(csv))
        {
            if (names is null)
            {
                names = [.. fields.Select(f => f.Trim().TrimStart('\uFEFF'))];
                string? missing = Columns.Skip(1).Take(3).FirstOrDefault(c => !names.Contains(c));
                _ = missing is null ? names : throw new SuiteException($"line {line}: column '{missing}' is missing");
                continue;
            }

            if (fields.Count != names.Count)
            {
                throw new SuiteException($"line {line}: has {fields.Count} fields, the head names {names.Count}");
            }

            cases.Add(Case(line, names.Zip(fields).ToDictionary(p => p.First, p => p.Second.Trim(), StringComparer.Ordinal)));
        }

        return names is null ? throw new SuiteException("the file is empty: its first line names the columns") : cases;
    }

    private static SuiteCase Case(int line, Dictionary<string, string> row) => new()
    {
        Id = row.GetValueOrDefault("case_number") is { Length: > 0 } number ? number : $"line-{line}",
        Image = row["image_path"].Length > 0 ? row["image_path"] : throw new SuiteException($"line {line}: 'image_path' is empty"),
        Category = row.GetValueOrDefault("edit_type", ""),
        SourcePrompt = row["prompt"],
        TargetPrompt = row["target"],
        Words = Words(line, row.GetValueOrDefault("blend_word", "")),
        Parameters = new Dictionary<string, JsonObject>(StringComparer.Ordinal) { [Method] = Parameters(line, row) },
    };

    private static JsonObject Parameters(int line, Dictionary<string, string> row)
    {
        JsonObject parameters = [];
        foreach ((string column, string parameter) in s_taus)
        {
            if (row.GetValueOrDefault(column) is { Length: > 0 } text)
            {
                parameters[parameter] = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1
                    ? value
                    : throw new SuiteException($"line {line}: '{column}' must be a number in 0..1, not '{text}'");
            }
        }

        return parameters;
    }

    // "[['cat'], ['dog']]", "('cat', 'dog')", or nothing.
    private static (string, string)? Words(int line, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        try
        {
            return PythonLiteral.Parse(text) is JsonArray { Count: 2 } pair && First(pair[0]) is { } source && First(pair[1]) is { } target ? (source, target) : null;
        }
        catch (FormatException error)
        {
            throw new SuiteException($"line {line}: 'blend_word': {error.Message}", error);
        }
    }

    private static string? First(JsonNode? node) => node switch
    {
        JsonArray { Count: > 0 } list => First(list[0]),
        JsonValue value when value.TryGetValue(out string? text) && text.Length > 0 => text,
        _ => null,
    };
}
