using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Consuming;

/// <summary>Divides outcomes over messages: as few as fit into the limit of a message.</summary>
internal static class ResultPacking
{
    // Leaves room for the rest of the message.
    private const int MaxBytes = 12 << 10;

    /// <summary>Packs of outcomes, in order; none is empty.</summary>
    public static IEnumerable<IReadOnlyList<StageResultEntry>> Pack(IEnumerable<StageResultEntry> entries)
    {
        var pack = new List<StageResultEntry>();
        int bytes = 0;
        foreach (StageResultEntry entry in entries)
        {
            int size = ContractJson.Serialize(entry).Length;
            if (pack.Count > 0 && (pack.Count == StageResult.MaxEntries || bytes + size > MaxBytes))
            {
                yield return pack;
                (pack, bytes) = ([], 0);
            }

            pack.Add(entry);
            bytes += size;
        }

        if (pack.Count > 0)
        {
            yield return pack;
        }
    }
}
