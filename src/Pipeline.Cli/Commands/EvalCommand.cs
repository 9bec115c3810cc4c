using System.CommandLine;
using Pipeline.Cli.Eval;
using Pipeline.Evaluation.Comparison;
using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.Tables;
using Pipeline.Stages.Editing;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe eval</c>: methods over a suite of edits, with tables, plots, a gallery and quality gates.</summary>
internal static class EvalCommand
{
    /// <summary>The published tables whose methods this program has.</summary>
    private static readonly TablePreset[] Presets = [.. TablePresets.All.Where(p => p.Methods.All(m => EditMethods.BuiltIn.Names.Contains(m.Specification.Split('@')[0])))];

    private static readonly Option<string> Suite = new("--suite") { Description = "PIE-Bench's mapping file, StyleDiffusion's list (CSV), a job manifest, or a folder with one of them.", Required = true };
    private static readonly Option<string?> Methods = new("--methods") { Description = $"Methods separated by commas, with settings as name@parameter=value; '{MethodVariant.All}' for every one, '{MethodVariant.Unedited}' for the pictures as they are." };
    private static readonly Option<string?> Table = new("--table") { Description = $"A published table, with its methods and columns: {string.Join(", ", Presets.Select(p => p.Name))}." };
    private static readonly Option<string?> Models = new("--models") { Description = "Model directory (default: the environment's MOODPIPE_MODELS)." };
    private static readonly Option<string> Output = new("--out") { Description = "Folder of the results. The same command with the same folder continues where it stopped.", Required = true };
    private static readonly Option<string?> Baseline = new("--baseline") { Description = "Folder of an earlier evaluation to compare with." };
    private static readonly Option<string[]> Gates = new("--gate") { Description = "Threshold as [method:]metric>=value, <=value, or [method:]delta(metric)>=value against the baseline; repeatable. Exit code 4 when one is broken." };
    private static readonly Option<string?> Metrics = new("--metrics") { Description = $"Metrics beside the usual ones, separated by commas: {string.Join(", ", MetricNames.OnRequest)}." };
    private static readonly Option<int?> Limit = new("--limit") { Description = "Only the first so many cases." };
    private static readonly Option<long> Seed = new("--seed") { Description = "Seed of all noise and of the confidence intervals.", DefaultValueFactory = _ => 1234 };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads of the tensor engine.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private static readonly Option<bool> Json = new("--json") { Description = "Events as JSON, one object a line." };
    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Only problems." };

    public static Command Create()
    {
        Command command = new("eval", "Run methods over a suite of edits and compare them; resumable.") { Suite, Methods, Table, Models, Output, Baseline, Gates, Metrics, Limit, Seed, Threads, Json, Quiet };
        command.SetAction((parsed, _) => new EvalSession(Read(parsed)).RunAsync());
        return HelpWithExamples.Describe(
            command,
            "moodpipe eval --suite samples/eval --methods all --models models --out eval",
            "moodpipe eval --suite pie --table pie --models models --out eval --baseline last-night --gate 'delta(clip_target)>=-0.5'");
    }

    private static EvalRequest Read(ParseResult parsed)
    {
        TablePreset? preset = parsed.GetValue(Table) is { } table
            ? Presets.FirstOrDefault(p => p.Name.Equals(table, StringComparison.OrdinalIgnoreCase)) ?? throw CommandFailure.Usage($"unknown --table '{table}': {string.Join(", ", Presets.Select(p => p.Name))} exist")
            : null;
        string? methods = parsed.GetValue(Methods);
        Require(preset is null || methods is null, "a --table names its methods: leave --methods out");
        Require(preset is not null || methods is not null, "name --methods or a --table");
        string models = parsed.GetValue(Models) ?? Environment.GetEnvironmentVariable("MOODPIPE_MODELS") ?? throw CommandFailure.Usage("name the model directory with --models");
        Require(Directory.Exists(models), $"model directory {Path.GetFullPath(models)} does not exist");
        Require(parsed.GetValue(Limit) is null or > 0, "--limit must be at least 1");
        Require(parsed.GetValue(Seed) >= 0, "--seed must not be negative");
        Require(parsed.GetValue(Threads) is >= 1 and <= 1024, "--threads must lie in 1..1024");
        QualityGate[] gates = [.. (parsed.GetValue(Gates) ?? []).Select(ReadGate)];
        Require(parsed.GetValue(Baseline) is not null || !gates.Any(g => g.IsDelta), "a gate on a difference needs a --baseline");
        return new EvalRequest
        {
            Suite = parsed.GetRequiredValue(Suite),
            Methods = preset is null ? MethodVariant.ParseList(methods!) : MethodVariant.Of(preset),
            Preset = preset,
            Models = models,
            Output = Path.GetFullPath(parsed.GetRequiredValue(Output)),
            Baseline = parsed.GetValue(Baseline),
            Gates = gates,
            Metrics = ReadMetrics(parsed.GetValue(Metrics), preset),
            Limit = parsed.GetValue(Limit),
            Seed = parsed.GetValue(Seed),
            Threads = parsed.GetValue(Threads),
            Json = parsed.GetValue(Json),
            Quiet = parsed.GetValue(Quiet),
        };
    }

    // A table's own columns are always computed.
    private static string[] ReadMetrics(string? list, TablePreset? preset)
    {
        string[] named = list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        Require(named.All(MetricNames.OnRequest.Contains), $"--metrics takes {string.Join(", ", MetricNames.OnRequest)}; all others are computed anyway");
        return [.. named.Concat(MetricNames.OnRequest.Where(m => preset?.Columns.Any(c => c.Metric.StartsWith(m, StringComparison.Ordinal)) == true)).Distinct()];
    }

    private static QualityGate ReadGate(string text)
    {
        try
        {
            return QualityGate.Parse(text);
        }
        catch (FormatException error)
        {
            throw CommandFailure.Usage($"--gate {error.Message}");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw CommandFailure.Usage(message);
        }
    }
}
