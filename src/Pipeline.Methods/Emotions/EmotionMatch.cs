namespace Pipeline.Methods.Emotions;

/// <summary>What a user's word was understood as.</summary>
/// <param name="Emotion">The category.</param>
/// <param name="Given">The word as it was given, trimmed.</param>
/// <param name="IsLossy">True where the word means something close to, but not the same as, the category: reports must say so.</param>
public sealed record EmotionMatch(Emotion Emotion, string Given, bool IsLossy)
{
    /// <summary>A sentence for the report where the alias loses meaning, else null.</summary>
    public string? Note => IsLossy ? $"'{Given}' is not a category of its own and was read as '{Emotion.Noun}'" : null;
}
