namespace Pipeline.Training.Contrast;

/// <summary>Settings of the CLIP trainer.</summary>
public sealed record ClipOptions
{
    /// <summary>Share of groups whose captions are <see cref="LongCaption"/>s in place of one sentence, 0..1.</summary>
    public double LongShare { get; init; }

    /// <summary>Whether the image tower stays as it is: the text tower learns to read for it (LiT, Zhai et al. 2022, arXiv 2111.07991). Needs a base model <c>clip</c>.</summary>
    public bool LockImage { get; init; }
}
