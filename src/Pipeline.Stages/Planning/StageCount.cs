namespace Pipeline.Stages.Planning;

/// <summary>Work of one stage, counted. A unit is one piece of work with a key of its own; a picture's unit serves all its items.</summary>
public sealed record StageCount
{
    /// <summary>Units.</summary>
    public long Units { get; init; }

    /// <summary>Units whose outputs are stored, or are made by another unit of the same forecast.</summary>
    public long Found { get; init; }

    /// <summary>Units whose key depends on outputs that are not made yet: they may turn out to be stored.</summary>
    public long Unknown { get; init; }

    /// <summary>Items whose unit is certainly to be computed.</summary>
    public long ItemsToCompute { get; init; }

    /// <summary>Items whose unit is unknown.</summary>
    public long ItemsUnknown { get; init; }

    /// <summary>Units that are certainly to be computed.</summary>
    public long ToCompute => Units - Found - Unknown;

    /// <summary>Two counts together.</summary>
    public static StageCount operator +(StageCount a, StageCount b) => new()
    {
        Units = a.Units + b.Units, Found = a.Found + b.Found, Unknown = a.Unknown + b.Unknown,
        ItemsToCompute = a.ItemsToCompute + b.ItemsToCompute, ItemsUnknown = a.ItemsUnknown + b.ItemsUnknown,
    };
}
