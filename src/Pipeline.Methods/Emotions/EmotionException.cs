namespace Pipeline.Methods.Emotions;

/// <summary>An emotion, label set or hint file that cannot be used. The message says what, where, and what to do.</summary>
public sealed class EmotionException(string message, Exception? inner = null) : Exception(message, inner);
