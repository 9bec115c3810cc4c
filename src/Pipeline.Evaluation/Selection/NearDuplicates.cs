namespace Pipeline.Evaluation.Selection;

/// <summary>
/// Finds an earlier hash within a Hamming distance. Hashes that differ in at most d bits agree in at least one of d + 1 pieces (Norouzi, Punjani, Fleet 2012, "Fast search in Hamming space
/// with multi-index hashing"), so only those that share a piece are compared.
/// </summary>
public sealed class NearDuplicates
{
    private readonly int distance;
    private readonly (int Shift, ulong Mask)[] pieces;
    private readonly Dictionary<(int Group, int Piece, ulong Bits), List<(ulong Hash, int Item)>> index = [];

    /// <param name="distance">Most bits in which near duplicates differ, 0 to 16.</param>
    public NearDuplicates(int distance)
    {
        this.distance = distance is >= 0 and <= 16 ? distance : throw new ArgumentOutOfRangeException(nameof(distance), distance, "a distance of near duplicates lies in 0..16 bits");
        int count = distance + 1;
        pieces = [.. Enumerable.Range(0, count).Select(i =>
        {
            (int start, int end) = (64 * i / count, 64 * (i + 1) / count);
            return (start, end - start == 64 ? ulong.MaxValue : (1UL << (end - start)) - 1);
        })];
    }

    /// <summary>Adds an item, unless an earlier one of its group is near.</summary>
    /// <param name="group">Items of different groups are never duplicates.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="item">Its number.</param>
    /// <returns>The nearest earlier item, the first of several; null when it was added.</returns>
    public int? AddUnlessNear(int group, ulong hash, int item)
    {
        (int Distance, int Item)? nearest = null;
        for (int p = 0; p < pieces.Length; p++)
        {
            foreach ((ulong other, int candidate) in index.GetValueOrDefault((group, p, Piece(hash, p))) ?? [])
            {
                int bits = PerceptualHash.Distance(hash, other);
                if (bits <= distance && (nearest is not { } best || bits < best.Distance || (bits == best.Distance && candidate < best.Item)))
                {
                    nearest = (bits, candidate);
                }
            }
        }

        if (nearest is { } found)
        {
            return found.Item;
        }

        for (int p = 0; p < pieces.Length; p++)
        {
            (int, int, ulong) key = (group, p, Piece(hash, p));
            if (!index.TryGetValue(key, out List<(ulong, int)>? list))
            {
                index[key] = list = [];
            }

            list.Add((hash, item));
        }

        return null;
    }

    private ulong Piece(ulong hash, int p) => (hash >> pieces[p].Shift) & pieces[p].Mask;
}
