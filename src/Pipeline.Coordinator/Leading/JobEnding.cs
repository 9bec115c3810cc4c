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
    /// <summary>
    /// Writes the data set and the items' audit first: a job that is done has them. Results that are no longer stored are made again: their items are opened, and the job ends another time.
    /// The summary tells the final state.
    /// </summary>
    public async Task EndAsync(JobWatch watch, CancellationToken cancellation)
    {
        string id = watch.Info.Id, address = options.DataSetOf(id);
        using IObjectSpace target = ObjectSpaces.Open(address, options.OutputStore);
        var writer = new DataSetWriter(ledger, store, new ResultAssembler(watch.Spec.Defaults), target);
        DataSetOutcome outcome = await watch.Lost.WriteAsync(ledger, writer, cancellation).ConfigureAwait(false);
        if (outcome != DataSetOutcome.Written)
        {
            await PauseIfGivenUpAsync(id, outcome, cancellation).ConfigureAwait(false);
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

    private async Task PauseIfGivenUpAsync(string id, DataSetOutcome outcome, CancellationToken cancellation)
    {
        if (outcome == DataSetOutcome.GivenUp)
        {
            const string reason = "results of its items were lost from the artefact store again and again; find out why (moodpipe doctor storage), then resume it";
            CoordinatorLog.Paused(logger, id, reason);
            await ledger.SetPausedAsync(id, true, reason, cancellation).ConfigureAwait(false);
        }
    }
}
