using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>Recall at k: how often what belongs together is among the k nearest. Texts of the same words are one answer.</summary>
public static class RetrievalRecall
{
    /// <summary>In per cent, of pictures that find a text of their words, and of texts that find a picture of theirs.</summary>
    /// <param name="cosines">[N, N], pictures in rows, texts in columns, those of one index belonging together; stays the caller's.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="k">1 or more.</param>
    public static (double ByPicture, double ByText) Of(Tensor cosines, IReadOnlyList<string> texts, int k)
    {
        ArgumentNullException.ThrowIfNull(cosines);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int count = texts.Count;
        if (cosines.numel() != (long)count * count)
        {
            throw new ArgumentException($"cosines must be [{count}, {count}], got [{string.Join(", ", cosines.shape)}]", nameof(cosines));
        }

        using var scope = NewDisposeScope();
        using TensorAccessor<float> values = cosines.to(ScalarType.Float32, CPU).contiguous().data<float>();
        float[] all = values.ToArray();
        return (Found((own, other) => all[(own * count) + other]), Found((own, other) => all[(other * count) + own]));

        double Found(Func<int, int, float> cosine) => count == 0 ? double.NaN
            : 100.0 * Enumerable.Range(0, count).Count(own => Rank(texts, own, other => cosine(own, other)) < k) / count;
    }

    /// <summary>How many of other words are nearer than the nearest of the same.</summary>
    private static int Rank(IReadOnlyList<string> texts, int own, Func<int, float> cosine)
    {
        float best = Enumerable.Range(0, texts.Count).Where(i => texts[i] == texts[own]).Max(cosine);
        return Enumerable.Range(0, texts.Count).Count(i => texts[i] != texts[own] && !(cosine(i) < best));
    }
}
