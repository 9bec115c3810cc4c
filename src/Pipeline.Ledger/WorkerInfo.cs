using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>A worker as it last reported.</summary>
/// <param name="Beat">Its last sign of life.</param>
/// <param name="FirstSeen">When it was first heard of.</param>
/// <param name="LastSeen">When it was last heard of.</param>
/// <param name="Silence">How long that is ago, by the ledger's clock.</param>
public sealed record WorkerInfo(WorkerBeat Beat, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, TimeSpan Silence)
{
    /// <summary>Worker process.</summary>
    public string Id => Beat.WorkerId;
}
