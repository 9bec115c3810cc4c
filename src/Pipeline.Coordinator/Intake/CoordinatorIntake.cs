using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;

namespace Pipeline.Coordinator.Intake;

/// <summary>
/// Writes what the broker brings to the ledger. Work that killed its workers counts as a crash of its items: the ledger makes them suspects, which are run alone. Work that its receiver gave
/// up counts as a fault of the world, so that it is tried again at its time. Outcomes that could not be written are written now. Whatever cannot be read stays as an open dead letter.
/// </summary>
public sealed class CoordinatorIntake(ILedger ledger, TimeSpan itemLease, Action<IReadOnlyCollection<string>> touched, ILogger logger) : ICoordinatorIntake
{
    /// <inheritdoc />
    public async Task TakeResultsAsync(IReadOnlyList<StageResult> results)
    {
        ApplyReport report = await ledger.ApplyAsync(results, CancellationToken.None).ConfigureAwait(false);
        CoordinatorMetrics.Results.Add(report.Applied, new KeyValuePair<string, object?>("applied", true));
        CoordinatorMetrics.Results.Add(report.Ignored, new KeyValuePair<string, object?>("applied", false));
        touched([.. results.Select(r => r.JobId).Distinct()]);
    }

    /// <inheritdoc />
    public async Task TakeBeatAsync(WorkerBeat beat)
    {
        await ledger.BeatAsync([beat], CancellationToken.None).ConfigureAwait(false);
        if (beat.InHand.Count > 0)
        {
            await ledger.RenewAsync(beat.InHand, itemLease, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task TakeDeadAsync(StageWork work)
    {
        const string reason = "came back to its queue too often";
        long letter = await AddAsync(new NewDeadLetter
        {
            Queue = QueueNames.Dead, Reason = reason, JobId = work.JobId, Stage = work.Stage, Items = [.. work.Targets.Select(t => t.Item)], Body = ContractJson.Serialize(work),
        }).ConfigureAwait(false);
        CoordinatorLog.Lost(logger, QueueNames.Dead, work.JobId, work.Picture, reason);
        await TakeResultsAsync([Outcome(work, StageOutcome.Crash, ErrorCodes.Crash, FaultClass.Crash, $"the worker died on this item's {work.Stage}, again and again")]).ConfigureAwait(false);
        await ledger.SettleDeadLettersAsync([letter], "its items are run alone", CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task TakeBrokenAsync(BrokenMessage message)
    {
        (StageWork? work, StageResult? result) = (BrokenMessageReader.Work(message.Body), BrokenMessageReader.Result(message.Body));
        if (message.Queue == QueueNames.Dead && work is not null)
        {
            await TakeDeadAsync(work).ConfigureAwait(false);
            return;
        }

        long letter = await AddAsync(new NewDeadLetter
        {
            Queue = message.Queue,
            Reason = message.Reason,
            JobId = work?.JobId ?? result?.JobId,
            Stage = work?.Stage ?? result?.Stage,
            Items = [.. work?.Targets.Select(t => t.Item) ?? result?.Entries.Select(e => e.Item) ?? []],
            Body = message.Body,
            HeadersJson = System.Text.Json.JsonSerializer.Serialize(message.Headers),
        }).ConfigureAwait(false);
        CoordinatorLog.Lost(logger, message.Queue, work?.JobId ?? result?.JobId, work?.Picture ?? -1, message.Reason);
        StageResult? outcome = result ?? (work is null ? null : Outcome(work, StageOutcome.Transient, ErrorCodes.TransientIo, FaultClass.Transient, Shortened($"the worker gave the message up: {message.Reason}")));
        if (outcome is not null)
        {
            await TakeResultsAsync([outcome]).ConfigureAwait(false);
            await ledger.SettleDeadLettersAsync([letter], result is not null ? "its outcomes are written" : "its items are tried again", CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<long> AddAsync(NewDeadLetter letter) => (await ledger.AddDeadLettersAsync([letter], CancellationToken.None).ConfigureAwait(false))[0];

    private static string Shortened(string text) => text.Length <= ItemError.MaxMessage ? text : text[..ItemError.MaxMessage];

    private static StageResult Outcome(StageWork work, StageOutcome outcome, string code, FaultClass fault, string message)
    {
        string cause = Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{code} {work.Stage}"))[..16];
        var error = new ItemError { Code = code, Class = fault, Message = message, Fingerprint = cause };
        return new StageResult
        {
            JobId = work.JobId, Epoch = work.Epoch, Stage = work.Stage, WorkerId = "coordinator",
            Entries = [.. work.Targets.Select(t => new StageResultEntry { Item = t.Item, Attempt = work.Attempt, Outcome = outcome, Error = error })],
        };
    }
}
