using System.Globalization;
using System.Text;
using Pipeline.Cli.Run;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Progress;

namespace Pipeline.Cli.Cluster;

/// <summary>Jobs in words.</summary>
internal static class JobText
{
    /// <summary>One line.</summary>
    public static string Line(JobView job)
    {
        long failed = job.States.GetValueOrDefault("quarantined") + job.States.GetValueOrDefault("failed");
        string left = job.Ended || job.RemainingSeconds is null ? "" : $", about {RunText.Duration(TimeSpan.FromSeconds(job.RemainingSeconds.Value))} left";
        return $"{job.Id}  {job.State}  {job.States.GetValueOrDefault("done")} of {job.Items} done, {failed} failed, {job.States.GetValueOrDefault("inFlight")} under way{left}";
    }

    /// <summary>The job with its stages.</summary>
    public static string Whole(JobView job)
    {
        var text = new StringBuilder();
        text.AppendLine(Line(job));
        if (job.LastEvent is { } last)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  last:     {last}");
        }

        string budget = job.BudgetSeconds is { } limit ? $" of {limit:0.#}" : "";
        string cost = job.Cost is { } price ? $", cost {price:0.##}" : "";
        text.AppendLine(CultureInfo.InvariantCulture, $"  compute:  {job.SpentSeconds:0.#}{budget} s{cost}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  data set: {job.DataSet}");
        foreach (StageEta stage in job.Stages)
        {
            string mean = stage.MeanSeconds is { } seconds ? $", {seconds:0.###} s each" : "";
            string left = stage.RemainingSeconds is > 0 and var remaining ? $", about {RunText.Duration(TimeSpan.FromSeconds(remaining))} left" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"  {stage.Stage,-8}  {stage.Computed} computed, {stage.Cached} found, {stage.Failed} failed, {stage.Backlog} to do{mean}{left}");
        }

        return text.ToString();
    }
}
