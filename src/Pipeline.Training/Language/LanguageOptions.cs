namespace Pipeline.Training.Language;

/// <summary>Settings of <see cref="LanguageTask"/>.</summary>
public sealed record LanguageOptions
{
    /// <summary>Weight of the loss that draws the attention of words onto what they name; 0 leaves attention alone.</summary>
    public double Attention { get; init; } = 0.1;

    /// <summary>Layers of the image tower that stay as the base model has them, counted from the pixels, embeddings included; 0 trains the whole tower.</summary>
    public int FrozenLayers { get; init; }

    /// <summary>Share of questions with a domain's style words, which must not mislead the answer.</summary>
    public double Hints { get; init; } = 0.1;

    /// <summary>Share of batches whose pictures are stretched to another shape, so that the decoder meets other numbers of image tokens.</summary>
    public double OtherShapes { get; init; } = 0.08;
}
