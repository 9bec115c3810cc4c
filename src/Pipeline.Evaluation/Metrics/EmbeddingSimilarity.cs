namespace Pipeline.Evaluation.Metrics;

/// <summary>
/// Similarities of embeddings that some model computed before (EDITING 16.6). CLIP-T and CLIP-I are plain cosines (DreamBooth protocol: Ruiz et al. 2023, arXiv 2208.12242);
/// the CLIP score of Hessel et al. (2021, arXiv 2104.08718, eq. 1) and the one of torchmetrics scale and clamp them.
/// </summary>
public static class EmbeddingSimilarity
{
    /// <summary>Cosine of the angle between two embeddings, -1..1, in double precision.</summary>
    /// <exception cref="ArgumentException">Different lengths, or an embedding without direction (zero or not finite).</exception>
    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length || a.Length == 0)
        {
            throw new ArgumentException($"embeddings of {a.Length} and {b.Length} numbers come from different models");
        }

        double dot = 0, squareA = 0, squareB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            squareA += (double)a[i] * a[i];
            squareB += (double)b[i] * b[i];
        }

        double cosine = dot / (Math.Sqrt(squareA) * Math.Sqrt(squareB));
        return double.IsFinite(cosine) ? Math.Clamp(cosine, -1, 1) : throw new ArgumentException("an embedding is zero or not finite and has no direction");
    }

    /// <summary>CLIP-T: cosine of an image and a text embedding.</summary>
    public static double ClipT(ReadOnlySpan<float> image, ReadOnlySpan<float> text) => Cosine(image, text);

    /// <summary>CLIP-I: cosine of two image embeddings.</summary>
    public static double ClipI(ReadOnlySpan<float> image, ReadOnlySpan<float> reference) => Cosine(image, reference);

    /// <summary>Mean cosine over all pairs of a generated and a reference embedding: the subject scores CLIP-I and DINO.</summary>
    /// <exception cref="ArgumentException">One of the lists is empty.</exception>
    public static double MeanOverPairs(IReadOnlyCollection<float[]> generated, IReadOnlyCollection<float[]> references)
    {
        ArgumentNullException.ThrowIfNull(generated);
        ArgumentNullException.ThrowIfNull(references);
        return generated.Count > 0 && references.Count > 0
            ? generated.SelectMany(_ => references, (image, reference) => Cosine(image, reference)).Average()
            : throw new ArgumentException("a mean over pairs needs at least one picture on each side");
    }

    /// <summary>100 max(cos, 0): the CLIP similarity of torchmetrics and PIE-Bench.</summary>
    public static double ClipSimilarity(ReadOnlySpan<float> image, ReadOnlySpan<float> text) => 100 * Math.Max(Cosine(image, text), 0);

    /// <summary>Cosine of the changes of picture and text, of unit embeddings (Gal et al. 2022, arXiv 2108.00946, eq. 3); missing where one of them did not change.</summary>
    public static MetricValue Directional(ReadOnlySpan<float> sourceImage, ReadOnlySpan<float> editedImage, ReadOnlySpan<float> sourceText, ReadOnlySpan<float> targetText)
    {
        float[] image = Change(sourceImage, editedImage), text = Change(sourceText, targetText);
        return Array.TrueForAll(image, v => v == 0) || Array.TrueForAll(text, v => v == 0) ? MetricValue.Missing : Cosine(image, text);
    }

    /// <summary>2.5 max(cos, 0): CLIPScore of Hessel et al.; the text is to be embedded with "A photo depicts " before it.</summary>
    public static double ClipScore(ReadOnlySpan<float> image, ReadOnlySpan<float> text) => 2.5 * Math.Max(Cosine(image, text), 0);

    private static float[] Change(ReadOnlySpan<float> from, ReadOnlySpan<float> to)
    {
        double first = Length(from), second = Length(to);
        float[] change = new float[from.Length];
        for (int i = 0; i < change.Length; i++)
        {
            change[i] = (float)((to[i] / second) - (from[i] / first));
        }

        return change;
    }

    private static double Length(ReadOnlySpan<float> vector)
    {
        double square = 0;
        foreach (float v in vector)
        {
            square += (double)v * v;
        }

        return Math.Sqrt(square);
    }
}
