using Pipeline.Contracts.Artefacts;

namespace Pipeline.Contracts.Messages;

/// <summary>One wanted edit of a picture: one item of the ledger.</summary>
public sealed record EditTarget
{
    /// <summary>Number of the item in the job, in the order of the manifest.</summary>
    public required long Item { get; init; }

    /// <summary>Emotion, or a free text where the method takes one.</summary>
    public required string Emotion { get; init; }

    /// <summary>Strength in (0, 1].</summary>
    public double Intensity { get; init; } = 1;

    /// <summary>Number of the variant, from 0.</summary>
    public int Variant { get; init; }

    /// <summary>Seed of this variant.</summary>
    public long Seed { get; init; }

    /// <summary>Artefacts of this edit so far, by <c>stage.output</c>.</summary>
    public IReadOnlyDictionary<string, InputRef> Inputs { get; init; } = new Dictionary<string, InputRef>();
}
