namespace Pipeline.Methods.Moodifier;

/// <summary>Distributes emotions over UNet batches of limited size.</summary>
internal static class BatchSplit
{
    /// <summary>
    /// Fills batches in order of first appearance of a seed. Every batch holds one source branch per seed it contains, so a group that is cut pays for its source again, and nothing else changes.
    /// </summary>
    /// <param name="jobs">The emotions.</param>
    /// <param name="sourceRows">UNet rows of a source branch.</param>
    /// <param name="targetRows">UNet rows of an emotion's target and mutual branches.</param>
    /// <param name="limit">Most rows a batch; a single emotion is taken whatever it needs.</param>
    public static IReadOnlyList<IReadOnlyList<SeedGroup>> Split(IReadOnlyList<EmotionJob> jobs, int sourceRows, Func<EmotionJob, int> targetRows, int limit)
    {
        var batches = new List<IReadOnlyList<SeedGroup>>();
        var batch = new List<EmotionJob>();
        int rows = 0;
        foreach (EmotionJob job in jobs.GroupBy(j => j.Seed).SelectMany(g => g))
        {
            int cost = targetRows(job) + (batch.Count > 0 && batch[^1].Seed == job.Seed ? 0 : sourceRows);
            if (batch.Count > 0 && rows + cost > limit)
            {
                batches.Add(Groups(batch));
                batch.Clear();
                (rows, cost) = (0, targetRows(job) + sourceRows);
            }

            batch.Add(job);
            rows += cost;
        }

        batches.Add(Groups(batch));
        return batches;
    }

    private static SeedGroup[] Groups(IEnumerable<EmotionJob> jobs) => [.. jobs.GroupBy(j => j.Seed).Select(g => new SeedGroup(g.Key, [.. g]))];
}
