using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.PieBench;

/// <summary>
/// Masks of PIE-Bench's mapping file (Ju et al. 2023, arXiv 2310.01506): pairs of start offset and length over the rows of the picture. The outermost pixels always
/// count as edited, because the annotations are unreliable there (EDITING 18.1).
/// </summary>
public static class RunLengthMask
{
    /// <summary>The mask, 1 = edited. Runs are cut at the end of the frame.</summary>
    /// <exception cref="FormatException">An odd count, or a negative number.</exception>
    public static MaskImage Decode(IReadOnlyList<int> runs, int width = 512, int height = 512)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count % 2 != 0 || runs.Any(n => n < 0))
        {
            throw new FormatException("a run-length mask is a list of pairs of non-negative start and length");
        }

        var mask = new MaskImage(width, height);
        for (int i = 0; i < runs.Count; i += 2)
        {
            int start = Math.Min(runs[i], mask.Values.Length);
            mask.Values.AsSpan(start, Math.Min(runs[i + 1], mask.Values.Length - start)).Fill(1);
        }

        mask.Row(0).Fill(1);
        mask.Row(height - 1).Fill(1);
        for (int y = 0; y < height; y++)
        {
            mask.Row(y)[0] = mask.Row(y)[width - 1] = 1;
        }

        return mask;
    }
}
