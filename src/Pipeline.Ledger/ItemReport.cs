namespace Pipeline.Ledger;

/// <summary>An item with all that is known about it.</summary>
public sealed record ItemReport
{
    /// <summary>Number in the job.</summary>
    public required long Item { get; init; }

    /// <summary>Number of its picture.</summary>
    public required long Picture { get; init; }

    /// <summary>Name of the picture in the manifest.</summary>
    public required string PictureId { get; init; }

    /// <summary>The manifest line as JSON.</summary>
    public required string LineJson { get; init; }

    /// <summary>Emotion.</summary>
    public required string Emotion { get; init; }

    /// <summary>Strength in (0, 1].</summary>
    public required double Intensity { get; init; }

    /// <summary>Variant, from 0.</summary>
    public required int Variant { get; init; }

    /// <summary>Seed of the variant.</summary>
    public required long Seed { get; init; }

    /// <summary>State.</summary>
    public required ItemState State { get; init; }

    /// <summary>Tries beyond the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>Epoch: raised by cancel and replay.</summary>
    public int Epoch { get; init; }

    /// <summary>How often it has killed its worker.</summary>
    public int Crashes { get; init; }

    /// <summary>Outcomes by stage.</summary>
    public required IReadOnlyDictionary<string, StageRow> Stages { get; init; }

    /// <summary>Why it failed, at the earliest failed stage; null where it did not.</summary>
    public ItemFailure? Failure { get; init; }
}
