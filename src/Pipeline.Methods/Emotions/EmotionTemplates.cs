namespace Pipeline.Methods.Emotions;

/// <summary>Sentences that stand for an emotion in zero-shot classification; their embeddings are averaged and normalised again.</summary>
public static class EmotionTemplates
{
    /// <summary>Five sentences for an emotion.</summary>
    public static IReadOnlyList<string> Of(Emotion emotion) =>
    [
        $"a photo that evokes {emotion.Noun}",
        $"an image with {Article(emotion.Adjective)} {emotion.Adjective} mood",
        $"a picture that makes people feel {emotion.Noun}",
        $"{Article(emotion.Adjective)} {emotion.Adjective} scene",
        $"a photo full of {emotion.Noun}",
    ];

    /// <summary>The unit vector of several unit vectors.</summary>
    public static float[] Feature(float[][] embeddings)
    {
        double[] sum = new double[embeddings[0].Length];
        foreach (float[] embedding in embeddings)
        {
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += embedding[i];
            }
        }

        double norm = Math.Sqrt(sum.Sum(v => v * v));
        return Array.ConvertAll(sum, v => (float)(v / Math.Max(norm, 1e-12)));
    }

    private static string Article(string word) => word[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";
}
