using System.Globalization;
using Pipeline.Stages.Embedded;

namespace Pipeline.Cli.Run;

/// <summary>Sentences about a run.</summary>
internal static class RunText
{
    /// <summary>How the run starts.</summary>
    public static string Started(RunStarted started) => started.Resumed
        ? $"Resuming job {started.JobId}: {started.Items} edits, {started.Ended} already ended."
        : $"Job {started.JobId}: {started.Items} edits.";

    /// <summary>One line of progress.</summary>
    public static string Progress(RunProgress p)
    {
        string failed = p.Failed > 0 ? $", {p.Failed} failed" : "";
        string waiting = p.Waiting > 0 ? $", {p.Waiting} waiting for another try" : "";
        return $"{p.Done + p.Failed}/{p.Items} edits{failed}{waiting}, {Rate(p.ItemsPerSecond)}, {Left(p.Remaining)} ({Stages(p)})";
    }

    /// <summary>How far each stage is.</summary>
    public static string Stages(RunProgress p) => string.Join(", ", p.Stages.Select(s => $"{s.Stage} {s.Computed + s.Cached}"));

    /// <summary>Items per second in a readable unit.</summary>
    public static string Rate(double itemsPerSecond) => itemsPerSecond switch
    {
        <= 0 => "rate unknown",
        < 1 => $"{(itemsPerSecond * 60).ToString("0.0", CultureInfo.InvariantCulture)}/min",
        _ => $"{itemsPerSecond.ToString("0.0", CultureInfo.InvariantCulture)}/s",
    };

    /// <summary>Time left.</summary>
    public static string Left(TimeSpan? remaining) => remaining is { } left ? $"{Duration(left)} left" : "time left unknown";

    /// <summary>A duration to the second, without useless zeros.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes:00} min",
        { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds:00} s",
        _ => $"{time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
    };
}
