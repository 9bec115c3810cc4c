using System.Diagnostics;
using System.IO.Enumeration;
using Pipeline.Models;

namespace Pipeline.Cli.Parity;

/// <summary>Runs cases one after another.</summary>
public sealed class ParitySession(IReadOnlyList<IParityRunner> runners)
{
    /// <summary>Runs the cases at or below a folder.</summary>
    /// <param name="root">A case, or a tree of cases.</param>
    /// <param name="only">Pattern with * and ? over the case's folder name or its path below <paramref name="root"/>; null runs all.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    public IEnumerable<CaseReport> Run(string root, string? only = null, CancellationToken cancellation = default)
    {
        foreach (string directory in ParityCase.Find(root))
        {
            string relative = Path.GetRelativePath(root, directory).Replace('\\', '/');
            string name = relative == "." ? Path.GetFileName(directory) : relative;
            if (only is null || FileSystemName.MatchesSimpleExpression(only, name) || FileSystemName.MatchesSimpleExpression(only, Path.GetFileName(directory)))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return RunCase(directory, name);
            }
        }
    }

    /// <summary>Whether a runner knows this kind of case.</summary>
    public bool Recognises(string directory)
    {
        using ParityCase reference = ParityCase.Open(directory);
        return runners.Any(runner => runner.Recognises(reference));
    }

    /// <summary>Runs one case; never throws for what is wrong with the case or the product.</summary>
    public CaseReport RunCase(string directory, string? name = null)
    {
        string label = name ?? Path.GetFileName(directory);
        long start = Stopwatch.GetTimestamp();
        List<TensorComparison> rows = [];
        string kind = "";
        try
        {
            using ParityCase reference = ParityCase.Open(directory);
            if (runners.FirstOrDefault(r => r.Recognises(reference)) is not { } runner)
            {
                return new CaseReport(label, kind, CaseStatus.Unsupported, rows, Stopwatch.GetElapsedTime(start), "no runner knows this kind of case");
            }

            kind = runner.Kind;
            rows.AddRange(runner.Run(reference));
            rows.AddRange(reference.NotCompared.Select(n => new TensorComparison(n, ComparisonStatus.Failed, double.NaN, "", "nothing was compared with it")));
            bool passed = rows.Exists(r => r.Status == ComparisonStatus.Passed) && !rows.Exists(r => r.Status == ComparisonStatus.Failed);
            return new CaseReport(label, kind, passed ? CaseStatus.Passed : CaseStatus.Failed, rows, Stopwatch.GetElapsedTime(start),
                rows.Count == 0 ? "nothing was compared" : "");
        }
        catch (CaseUnavailableException missing)
        {
            return new CaseReport(label, kind, CaseStatus.Unavailable, rows, Stopwatch.GetElapsedTime(start), missing.Message);
        }
#pragma warning disable CA1031 // A case that breaks the product in whatever way is a failed case; the next one still runs.
        catch (Exception error)
#pragma warning restore CA1031
        {
            string message = error is ModelFormatException ? error.Message : $"{error.GetType().Name}: {error.Message}{FirstOwnFrame(error)}";
            return new CaseReport(label, kind, CaseStatus.Failed, rows, Stopwatch.GetElapsedTime(start), message);
        }
    }

    private static string FirstOwnFrame(Exception error)
    {
        string? frame = error.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("Pipeline.", StringComparison.Ordinal));
        return frame is null ? "" : " " + frame.Trim();
    }
}
