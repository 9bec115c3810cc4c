using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>
/// The buckets of T5's relative position bias (Raffel et al. 2019, arXiv 1910.10683, section 2.1): near distances have a bucket each, far ones share
/// buckets that grow logarithmically, everything beyond a limit the last.
/// </summary>
internal static class T5RelativePositions
{
    /// <summary>Buckets of queries at <paramref name="start"/>… over keys at 0…: int64 [queries, keys], the caller's.</summary>
    /// <param name="start">Position of the first query.</param>
    /// <param name="queries">Number of queries.</param>
    /// <param name="keys">Number of keys.</param>
    /// <param name="bidirectional">Encoder: half of the buckets are for keys behind the query. Decoder: only the past counts.</param>
    /// <param name="config">Number of buckets and farthest distance.</param>
    /// <param name="device">Where the result lives.</param>
    public static Tensor Buckets(long start, long queries, long keys, bool bidirectional, T5Config config, Device device)
    {
        using var scope = NewDisposeScope();
        var query = arange(start, start + queries, ScalarType.Int64, device).unsqueeze(1);
        var key = arange(keys, ScalarType.Int64, device).unsqueeze(0);
        var relative = key - query;                                                 // [queries, keys]
        var count = bidirectional ? config.Buckets / 2 : config.Buckets;
        var distance = bidirectional ? relative.abs() : relative.neg().clamp_min(0);
        var exact = count / 2;

        // bucket = E + trunc(ln(r/E) / ln(M/E) · (B − E)), at most B − 1; in fp32, as the published models were run.
        var logarithmic = ((distance.clamp_min(1).to(ScalarType.Float32) / (double)exact).log()
            / Math.Log((double)config.MaxDistance / exact) * (double)(count - exact)).to(ScalarType.Int64) + exact;
        var bucket = where(distance.lt(exact), distance, logarithmic.clamp_max(count - 1));
        if (bidirectional)
        {
            bucket = bucket + (relative.gt(0).to(ScalarType.Int64) * count);
        }

        return bucket.MoveToOuterDisposeScope();
    }
}
