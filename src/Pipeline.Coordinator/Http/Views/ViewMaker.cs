using System.Text.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Progress;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Http.Views;

/// <summary>Makes views of what the ledger knows.</summary>
internal sealed class ViewMaker(CoordinatorService service, double? pricePerHour)
{
    public async Task<JobView> JobAsync(JobInfo job, CancellationToken cancellation)
    {
        JobProgress progress = await service.Ledger.ProgressAsync(job.Id, cancellation).ConfigureAwait(false);
        IReadOnlyList<StageEta> stages = service.Progress.Measure(job, progress);
        JobEvent? last = await service.Ledger.EventsAsync(job.Id, 1, cancellation).ConfigureAwait(false) is [.., var latest] ? latest : null;
        bool ended = JobStates.HasEnded(progress.State);
        return new JobView
        {
            Id = job.Id,
            Name = job.Name,
            Tenant = job.Tenant,
            State = Name(progress.State),
            Ended = ended,
            Class = Name(job.Class),
            Priority = job.Priority,
            Weight = job.Weight,
            Window = job.Window,
            Items = progress.Total,
            States = Enum.GetValues<ItemState>().ToDictionary(Name, progress.Count),
            Stages = stages,
            RemainingSeconds = ended ? 0 : progress.State == JobState.Running ? ProgressBoard.Remaining(stages) : null,
            SpentSeconds = progress.SpentSeconds,
            BudgetSeconds = job.BudgetSeconds,
            Cost = pricePerHour is { } price ? Math.Round(progress.SpentSeconds / 3600 * price, 4) : null,
            DataSet = service.Options.DataSetOf(job.Id),
            CreatedAt = job.CreatedAt,
            StartedAt = job.StartedAt,
            FinishedAt = job.FinishedAt,
            LastEvent = last is null ? null : last.Detail is null ? last.Kind : $"{last.Kind}: {last.Detail}",
        };
    }

    public static ItemView Item(ItemReport item) => new()
    {
        Item = item.Item,
        Picture = item.PictureId,
        Emotion = item.Emotion,
        Variant = item.Variant,
        State = Name(item.State),
        Attempt = item.Attempt,
        Stages = StageNames.All.Where(item.Stages.ContainsKey).ToDictionary(s => s, s => Name(item.Stages[s].Outcome)),
        Error = item.Failure?.Message,
        ErrorCode = item.Failure?.Code,
        Fingerprint = item.Failure?.Fingerprint,
    };

    public static ErrorView Error(ErrorSummary error) => new(error.Fingerprint, error.Code, error.Stage, error.Type, error.Message, error.Items, error.Occurrences);

    public static WorkerView Worker(WorkerInfo worker) =>
        new(worker.Id, worker.Beat.Stages, worker.Beat.Device, worker.Beat.Busy, worker.Beat.InHand.Count, Math.Round(worker.Silence.TotalSeconds, 1));

    public static DeadLetterView DeadLetter(DeadLetter letter) => new()
    {
        Id = letter.Id,
        Queue = letter.Letter.Queue,
        Reason = letter.Letter.Reason,
        Job = letter.Letter.JobId,
        Stage = letter.Letter.Stage,
        Items = letter.Letter.Items,
        Count = letter.Count,
        LastAt = letter.LastAt,
        Bytes = letter.BodyBytes,
        Resolution = letter.Resolution,
    };

    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
