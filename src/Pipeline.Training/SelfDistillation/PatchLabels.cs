using Pipeline.Training.World;

namespace Pipeline.Training.SelfDistillation;

/// <summary>What the patches of a picture show: the share of each kind of object, and of the stimulus.</summary>
internal static class PatchLabels
{
    /// <summary>Values a patch: six kinds, then the stimulus.</summary>
    public const int Count = 7;

    private const int Side = Canvas.Side;

    /// <summary>Shares 0..1, [pictures, patches, <see cref="Count"/>] row-major.</summary>
    /// <param name="pictures">With their masks.</param>
    /// <param name="patch">Side of a patch; divides the picture's.</param>
    public static float[] Shares(IReadOnlyList<RenderedScene> pictures, int patch)
    {
        int grid = Side / patch, size = grid * grid * Count;
        float[] shares = new float[pictures.Count * size];
        for (int i = 0; i < pictures.Count; i++)
        {
            Span<float> target = shares.AsSpan(i * size, size);
            for (int item = 0; item < pictures[i].ObjectMasks.Count; item++)
            {
                Add(pictures[i].ObjectMasks[item], (int)pictures[i].Scene.Objects[item].Kind, patch, target);
            }

            Add(pictures[i].StimulusMask, Count - 1, patch, target);
        }

        return shares;
    }

    private static void Add(float[] mask, int label, int patch, Span<float> target)
    {
        int grid = Side / patch;
        for (int i = 0; i < mask.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, Side);
            target[((((y / patch) * grid) + (x / patch)) * Count) + label] += mask[i] / (patch * patch);
        }
    }
}
