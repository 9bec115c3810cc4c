using System.Security.Cryptography;
using System.Text;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;

namespace Pipeline.Coordinator.Planning;

/// <summary>
/// So many pictures of a manifest of any length, in bounded memory: those whose names have the smallest digests. It is the same sample each time, and spread over the whole manifest.
/// </summary>
internal sealed class PictureSample(int mostPictures)
{
    private const long MostBytes = 64L << 20;
    private const int MostItems = 200_000;
    private readonly PriorityQueue<(byte[] Line, int Items), ulong> lines = new(Comparer<ulong>.Create((a, b) => b.CompareTo(a)));
    private long bytes;
    private long items;

    /// <summary>Whether every picture that was offered is in the sample.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>The sample.</summary>
    public IEnumerable<JobLine> Lines => lines.UnorderedItems.Select(l => ContractJson.Deserialize<JobLine>(l.Element.Line));

    /// <summary>Offers a picture.</summary>
    public void Offer(JobLine line, int lineItems)
    {
        ulong rank = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(line.Id)));
        if (lines.Count == mostPictures && lines.TryPeek(out _, out ulong last) && rank > last)
        {
            IsWhole = false;
            return;
        }

        byte[] json = ContractJson.Serialize(line);
        lines.Enqueue((json, lineItems), rank);
        (bytes, items) = (bytes + json.Length, items + lineItems);
        while (lines.Count > mostPictures || (lines.Count > 1 && (bytes > MostBytes || items > MostItems)))
        {
            (byte[] gone, int goneItems) = lines.Dequeue();
            (bytes, items, IsWhole) = (bytes - gone.Length, items - goneItems, false);
        }
    }
}
