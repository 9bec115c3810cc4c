namespace Pipeline.Methods.Emotions;

/// <summary>Whether an emotion is felt as pleasant, unpleasant, or either, depending on the scene.</summary>
public enum Polarity
{
    Positive,
    Negative,
    Ambiguous,
}
