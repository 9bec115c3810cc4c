using Microsoft.Extensions.Logging;
using Pipeline.Ledger;
using Pipeline.Stages.Telemetry;

namespace Pipeline.Stages.Collecting;

/// <summary>
/// Writes the data set of a job and has results made again that are no longer stored by then. A store that loses everything again and again would cost computation without end, so that happens a few times at the most.
/// </summary>
/// <param name="jobId">Job; one object is kept for it until its data set is written.</param>
/// <param name="logger">Told about items that are opened again.</param>
public sealed class LostResults(string jobId, ILogger logger)
{
    /// <summary>How often lost results of a job are made again before a person is asked.</summary>
    public const int MaxRounds = 5;

    private int rounds;

    /// <summary>Writes the data set, unless results are lost: then their items are opened again, or it is given up and counted anew.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="writer">Writes the data set.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<DataSetOutcome> WriteAsync(ILedger ledger, DataSetWriter writer, CancellationToken cancellation)
    {
        var lost = new List<long>();
        await writer.WriteAsync(jobId, cancellation, lost).ConfigureAwait(false);
        if (lost.Count == 0)
        {
            return DataSetOutcome.Written;
        }

        if (++rounds > MaxRounds)
        {
            rounds = 0;
            return DataSetOutcome.GivenUp;
        }

        int opened = await ledger.ReopenAsync(jobId, lost, "their results are no longer in the artefact store", cancellation).ConfigureAwait(false);
        StageLog.Reopened(logger, jobId, opened);
        return DataSetOutcome.Reopened;
    }
}
