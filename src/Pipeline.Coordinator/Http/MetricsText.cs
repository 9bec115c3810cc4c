using System.Globalization;
using System.Text;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Http;

/// <summary>
/// What autoscalers need, in the text format of Prometheus: the queues show at most the credit window, so a stage is scaled by the items of the ledger that still need it.
/// </summary>
internal sealed class MetricsText(CoordinatorService service)
{
    public async Task<string> WriteAsync(CancellationToken cancellation)
    {
        IReadOnlyList<JobInfo> jobs = await service.Ledger.JobsAsync(JobQuery.Open, cancellation).ConfigureAwait(false);
        var backlog = StageNames.All.ToDictionary(s => s, _ => 0L);
        var items = Enum.GetValues<ItemState>().ToDictionary(s => s, _ => 0L);
        foreach (JobInfo job in jobs)
        {
            JobProgress progress = await service.Ledger.ProgressAsync(job.Id, cancellation).ConfigureAwait(false);
            foreach ((ItemState state, long count) in progress.Items)
            {
                items[state] += count;
            }

            foreach (string stage in StageNames.All.Where(_ => job.State == JobState.Running))
            {
                backlog[stage] += progress.Backlog.GetValueOrDefault(stage);
            }
        }

        IReadOnlyList<WorkerInfo> workers = await service.Ledger.WorkersAsync(cancellation).ConfigureAwait(false);
        WorkerInfo[] live = [.. workers.Where(w => w.Silence <= service.Options.WorkerAlive)];
        var text = new StringBuilder();
        Write(text, "moodpipe_backlog", "Items of running jobs that still need the stage", backlog.Select(b => ($"stage=\"{b.Key}\"", b.Value)));
        Write(text, "moodpipe_items", "Items of open jobs by state", items.Select(i => ($"state=\"{ViewMaker.Name(i.Key)}\"", i.Value)));
        Write(text, "moodpipe_jobs", "Open jobs by state", jobs.GroupBy(j => j.State).Select(g => ($"state=\"{ViewMaker.Name(g.Key)}\"", (long)g.Count())));
        Write(text, "moodpipe_workers", "Live workers by stage", StageNames.All.Select(s => ($"stage=\"{s}\"", (long)live.Count(w => w.Beat.Stages.Contains(s)))));
        Write(text, "moodpipe_leads", "Whether this process leads", [("", service.Leads ? 1L : 0L)]);
        return text.ToString();
    }

    private static void Write(StringBuilder text, string name, string help, IEnumerable<(string Labels, long Value)> values)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");
        foreach ((string labels, long value) in values)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");
        }
    }
}
