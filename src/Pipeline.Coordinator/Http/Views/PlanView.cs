namespace Pipeline.Coordinator.Http.Views;

/// <summary>Forecast of a job that was not submitted.</summary>
public sealed record PlanView
{
    /// <summary>Editing method of lines that do not say otherwise.</summary>
    public string Method { get; init; } = "";

    /// <summary>Pictures.</summary>
    public long Pictures { get; init; }

    /// <summary>Items: wanted edits.</summary>
    public long Items { get; init; }

    /// <summary>Items by emotion, the most frequent 100.</summary>
    public required IReadOnlyDictionary<string, long> Emotions { get; init; }

    /// <summary>Lines that would be left out.</summary>
    public long BadLines { get; init; }

    /// <summary>Pictures that were looked up in the store.</summary>
    public long ExaminedPictures { get; init; }

    /// <summary>Whether these are all; otherwise the numbers of stages and items found are those of the sample, scaled up.</summary>
    public bool Exact { get; init; }

    /// <summary>Items of which everything is stored: they cost nothing.</summary>
    public long FoundItems { get; init; }

    /// <summary>Pictures that the coordinator could not read and whose lines declare no digest: nothing can be looked up for them.</summary>
    public long UnreadablePictures { get; init; }

    /// <summary>Items that will fail, because their lines ask for something impossible.</summary>
    public long ImpossibleItems { get; init; }

    /// <summary>Stages in order.</summary>
    public required IReadOnlyList<PlanStageView> Stages { get; init; }

    /// <summary>Predicted compute seconds; null while those of a stage with work are not known.</summary>
    public double? DeviceSeconds { get; init; }

    /// <summary>Least time with the workers that live now, seconds; null where a stage with work has none.</summary>
    public double? WallSeconds { get; init; }

    /// <summary>Price of an hour of computation; null where none is set.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>Predicted cost.</summary>
    public double? Cost { get; init; }

    /// <summary>What to know about the numbers.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
