namespace Pipeline.Stages.Editing;

/// <summary>What is to be said about an edit in the data set's metadata.</summary>
public sealed record EditFacts
{
    /// <summary>Time steps that the sampler used.</summary>
    public IReadOnlyList<int>? TimestepsUsed { get; init; }

    /// <summary>UNet forward passes per sample that are this edit's.</summary>
    public long? UnetForwards { get; init; }

    /// <summary>Why the edit was left out, if it was.</summary>
    public SkippedEdit? Skipped { get; init; }

    /// <summary>Negative prompt that was used.</summary>
    public string? Negative { get; init; }

    /// <summary>Where the map came from, when the method had to find one itself.</summary>
    public string? MaskSource { get; init; }
}
