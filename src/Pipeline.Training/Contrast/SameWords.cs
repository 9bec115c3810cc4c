using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>Samples of a contrastive batch that have one text: they are not each other's negatives.</summary>
internal static class SameWords
{
    private const float Forbidden = -1e4f;

    /// <summary>[N, N], to be added to logits: 0 where a pair counts, a large negative number where two different samples have one text. On the CPU; the caller's.</summary>
    public static Tensor Penalty(IReadOnlyList<string> texts)
    {
        int count = texts.Count;
        float[] mask = new float[count * count];
        for (int i = 0; i < mask.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, count);
            mask[i] = row != column && texts[row] == texts[column] ? Forbidden : 0;
        }

        return tensor(mask, [count, count]);
    }
}
