using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Intake;

/// <summary>
/// Writes what the broker brings to the ledger. Work that killed its workers comes back as a crash of its items: the ledger makes them suspects, which are run alone. Work that its consumer
/// gave up comes back as a fault of the world, so that it is tried again at its time. Outcomes that could not be written are written now.
/// </summary>
public sealed class CoordinatorIntake(ILedger ledger, TimeSpan itemLease, Action<IReadOnlyCollection<string>> touched, ILogger logger) : ICoordinatorIntake
{
    private const string FaultHeader = "MT-Fault-Message";

    /// <inheritdoc />
    public async Task TakeAsync(IReadOnlyList<StageResult> results)
    {
        ApplyReport report = await ledger.ApplyAsync(results, CancellationToken.None).ConfigureAwait(false);
        CoordinatorMetrics.Results.Add(report.Applied, new KeyValuePair<string, object?>("applied", true));
        CoordinatorMetrics.Results.Add(report.Ignored, new KeyValuePair<string, object?>("applied", false));
        touched([.. results.Select(r => r.JobId).Distinct()]);
    }

    /// <inheritdoc />
    public async Task TakeAsync(IReadOnlyList<WorkerBeat> beats)
    {
        await ledger.BeatAsync(beats, CancellationToken.None).ConfigureAwait(false);
        ItemInHand[] inHand = [.. beats.SelectMany(b => b.InHand).Distinct()];
        if (inHand.Length > 0)
        {
            await ledger.RenewAsync(inHand, itemLease, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async Task TakeAsync(IReadOnlyList<LostMessage> messages)
    {
        (LostMessage Message, StageWork? Work, StageResult? Result)[] read =
            [.. messages.Select(m => (m, LostMessageReader.Work(m.Body), LostMessageReader.Result(m.Body)))];
        IReadOnlyList<long> ids = await ledger.AddDeadLettersAsync([.. read.Select(r => Letter(r.Message, r.Work, r.Result))], CancellationToken.None).ConfigureAwait(false);
        StageResult[] outcomes = [.. read.Select(r => r.Result ?? (r.Work is null ? null : Outcome(r.Message, r.Work))).OfType<StageResult>()];
        if (outcomes.Length > 0)
        {
            await TakeAsync(outcomes).ConfigureAwait(false);
        }

        foreach (var group in read.Zip(ids).Where(r => Resolution(r.First.Message, r.First.Work, r.First.Result) is not null).GroupBy(r => Resolution(r.First.Message, r.First.Work, r.First.Result)!))
        {
            await ledger.SettleDeadLettersAsync([.. group.Select(g => g.Second)], group.Key, CancellationToken.None).ConfigureAwait(false);
        }

        foreach ((LostMessage message, StageWork? work, _) in read)
        {
            CoordinatorLog.Lost(logger, message.Queue, work?.JobId, work?.Picture ?? -1, Reason(message));
        }
    }

    private static bool IsDead(LostMessage message) => message.Queue == QueueNames.Dead;

    private static string? Resolution(LostMessage message, StageWork? work, StageResult? result) =>
        result is not null ? "outcomes written" : work is null ? null : IsDead(message) ? "items are run alone" : "items are tried again";

    private static string Reason(LostMessage message) => message.Headers.GetValueOrDefault(FaultHeader) ?? message.Headers.GetValueOrDefault("x-first-death-reason")
        ?? (IsDead(message) ? "delivery_limit" : message.Queue.EndsWith("_skipped", StringComparison.Ordinal) ? "unknown type of message" : "given up by its consumer");

    private static NewDeadLetter Letter(LostMessage message, StageWork? work, StageResult? result) => new()
    {
        Queue = message.Queue,
        Reason = Reason(message),
        JobId = work?.JobId ?? result?.JobId,
        Stage = work?.Stage ?? result?.Stage,
        Items = work is not null ? [.. work.Targets.Select(t => t.Item)] : result is not null ? [.. result.Entries.Select(e => e.Item)] : [],
        Body = message.Body,
        HeadersJson = JsonSerializer.Serialize(message.Headers),
    };

    private static StageResult Outcome(LostMessage message, StageWork work)
    {
        bool dead = IsDead(message);
        string reason = Reason(message);
        var error = new ItemError
        {
            Code = dead ? ErrorCodes.Crash : ErrorCodes.TransientIo,
            Class = dead ? FaultClass.Crash : FaultClass.Transient,
            Message = dead ? $"the worker died on this item's {work.Stage}, again and again" : $"the worker gave the message up: {reason}"[..Math.Min(ItemError.MaxMessage, 35 + reason.Length)],
            Fingerprint = Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(dead ? $"crash {work.Stage}" : $"given up {work.Stage}"))[..16],
        };
        return new StageResult
        {
            JobId = work.JobId,
            Epoch = work.Epoch,
            Stage = work.Stage,
            WorkerId = "coordinator",
            Entries = [.. work.Targets.Select(t => new StageResultEntry { Item = t.Item, Attempt = work.Attempt, Outcome = dead ? StageOutcome.Crash : StageOutcome.Transient, Error = error })],
        };
    }
}
