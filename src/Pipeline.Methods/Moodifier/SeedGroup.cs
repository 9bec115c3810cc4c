namespace Pipeline.Methods.Moodifier;

/// <summary>Emotions that share a seed and therefore noise and source branch.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Jobs">The emotions.</param>
internal sealed record SeedGroup(long Seed, IReadOnlyList<EmotionJob> Jobs);
