using Pipeline.Ledger;
using Pipeline.Ledger.Audit;
using Pipeline.Storage.Objects;

namespace Pipeline.Coordinator.Leading;

/// <summary>Writes what the ledger knows about a job where it can be read without a database.</summary>
internal sealed class AuditFiles(ILedger ledger, IObjectSpace target)
{
    /// <summary>Name of the items' lines.</summary>
    public const string Items = "ledger.jsonl.gz";

    /// <summary>Name of the summary.</summary>
    public const string Summary = "summary.json";

    /// <summary>Writes the items of a job that have all ended.</summary>
    public async Task WriteItemsAsync(string jobId, CancellationToken cancellation)
    {
        IObjectWriter writer = await target.CreateAsync(Items, "application/gzip", cancellation).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await JobAudit.WriteItemsAsync(ledger, jobId, writer.Stream, cancellation).ConfigureAwait(false);
            await writer.CommitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the summary of an ended job.</summary>
    public async Task WriteSummaryAsync(string jobId, CancellationToken cancellation)
    {
        AuditSummary summary = await JobAudit.SummaryAsync(ledger, jobId, cancellation).ConfigureAwait(false);
        IObjectWriter writer = await target.CreateAsync(Summary, "application/json", cancellation).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await writer.Stream.WriteAsync(JobAudit.Serialize(summary), cancellation).ConfigureAwait(false);
            await writer.CommitAsync(cancellation).ConfigureAwait(false);
        }
    }
}
