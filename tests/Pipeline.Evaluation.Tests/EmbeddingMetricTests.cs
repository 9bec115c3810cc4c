using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Evaluation.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Evaluation.Tests;

public sealed class EmbeddingMetricTests
{
    [Fact]
    public void Cosine_of_known_angles()
    {
        Assert.Equal(0.6, EmbeddingSimilarity.Cosine([1, 0], [3, 4]), 1e-12);
        Assert.Equal(-1, EmbeddingSimilarity.ClipI([1, 2, 3], [-2, -4, -6]));
        Assert.Equal(0, EmbeddingSimilarity.ClipT([1, 0], [0, 5]));
        Assert.Equal(60, EmbeddingSimilarity.ClipSimilarity([1, 0], [3, 4]), 1e-10);
        Assert.Equal(1.5, EmbeddingSimilarity.ClipScore([1, 0], [3, 4]), 1e-12);
        Assert.Equal(0, EmbeddingSimilarity.ClipSimilarity([1, 0], [-3, 4]));
    }

    [Fact]
    public void Cosine_is_symmetric_scale_free_and_bounded() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, byte Scale)>(), c =>
        {
            var random = new Random(c.Seed);
            float[] a = [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle() - 0.5f)], b = [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle() - 0.5f)];
            double cosine = EmbeddingSimilarity.Cosine(a, b), scale = c.Scale + 1;
            return Math.Abs(cosine) <= 1 && cosine == EmbeddingSimilarity.Cosine(b, a)
                && Math.Abs(cosine - EmbeddingSimilarity.Cosine(Array.ConvertAll(a, v => (float)(v * scale)), b)) < 1e-6
                && Math.Abs(EmbeddingSimilarity.Cosine(a, a) - 1) < 1e-12;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mean_over_pairs_takes_every_pair() =>
        Assert.Equal((1 + 0 + 0.6 + 0.8) / 4, EmbeddingSimilarity.MeanOverPairs([[1f, 0f], [3f, 4f]], [[2f, 0f], [0f, 1f]]), 1e-12);

    [Fact]
    public void Embeddings_without_direction_or_of_other_models_are_refused()
    {
        Assert.Throws<ArgumentException>(() => EmbeddingSimilarity.Cosine([0, 0], [1, 0]));
        Assert.Throws<ArgumentException>(() => EmbeddingSimilarity.Cosine([float.NaN, 0], [1, 0]));
        Assert.Throws<ArgumentException>(() => EmbeddingSimilarity.Cosine([1, 0], [1, 0, 0]));
        Assert.Throws<ArgumentException>(() => EmbeddingSimilarity.MeanOverPairs([], [[1f]]));
    }

    [Fact]
    public void Emotion_scores_of_a_worked_example()
    {
        EmotionScores scores = EmotionScores.Compute([0.5, 0.3, 0.2], [0.2, 0.7, 0.1], 1);
        Assert.True(scores.Top1);
        Assert.False(scores.SourceHadIt);
        Assert.Equal((0.7, 0.4), (scores.Probability, Math.Round(scores.Gain, 12)));
        double middle = 0.85, divergence = (0.3 + 0.7 * Math.Log2(0.7 / middle) + Math.Log2(1 / middle)) / 2;
        Assert.Equal(Math.Sqrt(divergence), scores.Distance, 1e-12);
        Assert.Equal(0, EmotionScores.Compute([1, 0], [0, 1], 1).Distance);
        Assert.Equal(1, EmotionScores.Compute([1, 0], [1, 0], 1).Distance);
        Assert.Throws<ArgumentException>(() => EmotionScores.Compute([0.5, 0.6], [0.5, 0.5], 0));
    }

    [Fact]
    public void Structure_distance_meets_the_golden_vector()
    {
        JsonElement golden = GoldenFile.Read("structure_distance");
        using Tensor a = Keys(golden.GetProperty("Ka")), b = Keys(golden.GetProperty("Kb"));
        Assert.Equal(golden.GetProperty("value").GetDouble(), StructureDistance.Compute(a, b), 1e-7);
        Assert.Equal(0, StructureDistance.Compute(a, a));
        using Tensor scaled = a * 7.5;
        Assert.Equal(0, StructureDistance.Compute(a, scaled), 1e-7);
    }

    [Fact]
    public void Structure_distance_leaves_no_tensor_behind()
    {
        using Tensor a = rand(5, 3), b = rand(5, 3);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        StructureDistance.Compute(a, b);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Keys(JsonElement rows)
    {
        float[] values = [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(v => v.GetSingle())];
        return tensor(values, [rows.GetArrayLength(), values.Length / rows.GetArrayLength()]);
    }

    [Fact]
    public void Directional_similarity_is_the_cosine_of_the_two_changes()
    {
        float[] x = [1, 0, 0], y = [0, 3, 0], z = [0, 0, 2];
        Assert.Equal(1, EmbeddingSimilarity.Directional(x, y, [2, 0, 0], [0, 1, 0]).Value!.Value, 6);
        Assert.Equal(-1, EmbeddingSimilarity.Directional(x, y, y, x).Value!.Value, 6);
        Assert.Equal(0.5, EmbeddingSimilarity.Directional(x, y, x, z).Value!.Value, 6); // (-1, 1, 0) and (-1, 0, 1)
        Assert.Null(EmbeddingSimilarity.Directional(x, x, x, y).Value);
        Assert.Null(EmbeddingSimilarity.Directional(x, y, z, z).Value);
    }
}
