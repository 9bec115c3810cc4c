using System.Collections.Concurrent;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Progress;

/// <summary>
/// Rates and estimates of the time left, from looks at the counters over the last minutes; where nothing ended in them, the mean since the job's start. The stage that needs longest decides.
/// </summary>
public sealed class ProgressBoard(TimeProvider time)
{
    private const int MaxJobs = 1000;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, Queue<Sample>> samples = new(StringComparer.Ordinal);

    /// <summary>The stages of a job.</summary>
    public IReadOnlyList<StageEta> Measure(JobInfo job, JobProgress progress)
    {
        if (samples.Count > MaxJobs)
        {
            samples.Clear();
        }

        string[] stages = [.. StageGraph.Stages(job.StageMask)];
        long[] ended = [.. stages.Select(stage => Ended(progress, stage))];
        var now = new Sample(time.GetUtcNow(), ended);
        Sample before = Remember(job, now, stages.Length);
        double mean = 1 / Math.Max((now.At - (job.StartedAt ?? now.At)).TotalSeconds, 1e-3);
        double seconds = (now.At - before.At).TotalSeconds;
        return [.. stages.Select((stage, i) => Of(progress, stage, seconds > 0 && ended[i] > before.Ended[i] ? (ended[i] - before.Ended[i]) / seconds : job.StartedAt is null ? 0 : ended[i] * mean))];
    }

    /// <summary>Estimate of the time left for the whole job, seconds; null while a stage's is unknown.</summary>
    public static double? Remaining(IReadOnlyList<StageEta> stages) =>
        stages.All(s => s.RemainingSeconds is not null) ? stages.Max(s => s.RemainingSeconds) : null;

    private Sample Remember(JobInfo job, Sample now, int stages)
    {
        Queue<Sample> history = samples.GetOrAdd(job.Id, _ => new Queue<Sample>());
        lock (history)
        {
            while (history.Count > 1 && now.At - history.Peek().At > Memory)
            {
                history.Dequeue();
            }

            if (history.Count == 0 || now.At - history.Last().At >= Step)
            {
                history.Enqueue(now);
            }

            Sample first = history.Peek();
            return now.At - first.At >= Step && first.Ended.Length == stages ? first : new Sample(job.StartedAt ?? now.At, new long[stages]);
        }
    }

    private static StageEta Of(JobProgress progress, string stage, double rate)
    {
        long computed = progress.Count(stage, StageOutcome.Done);
        long backlog = progress.Backlog.GetValueOrDefault(stage);
        return new StageEta
        {
            Stage = stage,
            Computed = computed,
            Cached = progress.Count(stage, StageOutcome.Cached),
            Failed = progress.Count(stage, StageOutcome.Poison) + progress.Count(stage, StageOutcome.Transient) + progress.Count(stage, StageOutcome.Crash),
            Backlog = backlog,
            MeanSeconds = computed > 0 ? progress.ComputeMs.GetValueOrDefault((stage, StageOutcome.Done)) / 1000.0 / computed : null,
            ItemsPerSecond = rate,
            RemainingSeconds = backlog == 0 ? 0 : rate > 0 ? backlog / rate : null,
        };
    }

    private static long Ended(JobProgress progress, string stage) =>
        progress.Stages.Where(s => s.Key.Stage == stage).Sum(s => s.Value);

    private sealed record Sample(DateTimeOffset At, long[] Ended);
}
