namespace Pipeline.Cluster.Tests;

/// <summary>One fault of a schedule by chance.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="At">When: the share of the job's units that are computed by then.</param>
/// <param name="Choice">Chooses among workers, points, lengths.</param>
internal sealed record ChanceFault(ChanceFaultKind Kind, double At, int Choice)
{
    /// <summary>A schedule that follows from its seed alone: kinds in any order, each as often as another but for the costly wipe of the broker, which comes once.</summary>
    public static IReadOnlyList<ChanceFault> Schedule(int seed, int count)
    {
        var chance = new Random(seed);
        ChanceFaultKind[] usual = [.. Enum.GetValues<ChanceFaultKind>().Where(k => k != ChanceFaultKind.WipeBroker)];
        int wipe = chance.Next(count);
        var left = new List<ChanceFaultKind>();
        return [.. Enumerable.Range(0, count).Select(i => new ChanceFault(i == wipe ? ChanceFaultKind.WipeBroker : Draw(), (i + chance.NextDouble()) / (count + 2), chance.Next(1 << 20)))];

        ChanceFaultKind Draw()
        {
            if (left.Count == 0)
            {
                left.AddRange(usual);
            }

            ChanceFaultKind kind = left[chance.Next(left.Count)];
            left.Remove(kind);
            return kind;
        }
    }

    public override string ToString() => $"{At:P0} {Kind}:{Choice}";
}
