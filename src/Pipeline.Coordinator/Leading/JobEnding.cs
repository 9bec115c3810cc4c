using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Errors;
using Pipeline.Ledger;
using Pipeline.Stages.Collecting;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Coordinator.Leading;

/// <summary>What is left to do when the items of a job have ended: its data set and its audit.</summary>
internal sealed class JobEnding(ILedger ledger, IArtefactStore store, CoordinatorOptions options, ILogger logger)
{
    /// <summary>How often lost results of a job are made again before a person is asked.</summary>
    public const int MaxRounds = 5;

    /// <summary>
    /// Writes the data set and the items' audit first: a job that is done has them. Results that are no longer stored are made again: their items are opened, and the job ends another time.
    /// The summary tells the final state.
    /// </summary>
    public async Task EndAsync(JobWatch watch, CancellationToken cancellation)
    {
        string id = watch.Info.Id, address = options.DataSetOf(id);
        using IObjectSpace target = ObjectSpaces.Open(address, options.OutputStore);
        var lost = new List<long>();
        await new DataSetWriter(ledger, store, new ResultAssembler(watch.Spec.Defaults), target).WriteAsync(id, cancellation, lost).ConfigureAwait(false);
        if (lost.Count > 0)
        {
            await MakeAgainAsync(watch, lost, cancellation).ConfigureAwait(false);
            return;
        }

        using IObjectSpace records = ObjectSpaces.Open(options.AuditOf(id), options.OutputStore);
        var audit = new AuditFiles(ledger, records);
        await audit.WriteItemsAsync(id, cancellation).ConfigureAwait(false);
        JobState state = await ledger.FinishJobAsync(id, cancellation).ConfigureAwait(false);
        await audit.WriteSummaryAsync(id, cancellation).ConfigureAwait(false);
        CoordinatorLog.Ended(logger, id, state.ToString(), address);
    }

    /// <summary>Writes the audit of a job that was cancelled or failed, unless it is there.</summary>
    public async Task AuditAsync(string jobId, CancellationToken cancellation)
    {
        using IObjectSpace records = ObjectSpaces.Open(options.AuditOf(jobId), options.OutputStore);
        if (await records.TryDescribeAsync(AuditFiles.Summary, cancellation).ConfigureAwait(false) is not null)
        {
            return;
        }

        try
        {
            var audit = new AuditFiles(ledger, records);
            await audit.WriteItemsAsync(jobId, cancellation).ConfigureAwait(false);
            await audit.WriteSummaryAsync(jobId, cancellation).ConfigureAwait(false);
        }
        catch (LedgerException e) when (e.Class == FaultClass.Poison)
        {
            // It was deleted meanwhile.
        }
    }

    // A store that loses everything again and again would cost computation without end.
    private async Task MakeAgainAsync(JobWatch watch, List<long> lost, CancellationToken cancellation)
    {
        string id = watch.Info.Id;
        if (++watch.LostRounds > MaxRounds)
        {
            watch.LostRounds = 0;
            const string reason = "results of its items were lost from the artefact store again and again; find out why (moodpipe doctor storage), then resume it";
            CoordinatorLog.Paused(logger, id, reason);
            await ledger.SetPausedAsync(id, true, reason, cancellation).ConfigureAwait(false);
            return;
        }

        int opened = await ledger.ReopenAsync(id, lost, "their results are no longer in the artefact store", cancellation).ConfigureAwait(false);
        CoordinatorLog.Reopened(logger, id, opened);
    }
}
