using System.Text.Json.Serialization;

namespace Pipeline.Training.Data;

/// <summary>How the pictures of a manifest are read (<c>data.pictures</c> of a configuration).</summary>
public sealed record ManifestOptions
{
    private const int LargestSide = 4_096;

    /// <summary>Side of the squares that networks see, in pixels; the model section's own when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Side { get; init; }

    /// <summary>Which part of a picture is taken.</summary>
    public CropMode Crop { get; init; }

    /// <summary>Whether half of the training pictures are mirrored, drawn anew in every epoch. Not for captions that say left and right.</summary>
    public bool Flip { get; init; }

    /// <summary>Share of the lines without a <c>split</c> of their own that are held out: those whose source digest is among the lowest, one at least.</summary>
    public double HeldOutShare { get; init; } = 0.02;

    /// <summary>Broken pictures that are skipped; one more ends the run.</summary>
    public int BrokenLimit { get; init; } = 100;

    internal string? Problem() =>
        Side is < 1 or > LargestSide ? $"data.pictures.side must lie between 1 and {LargestSide}"
        : !(HeldOutShare is >= 0 and < 1) ? "data.pictures.heldOutShare must lie in [0, 1)"
        : BrokenLimit < 0 ? "data.pictures.brokenLimit must not be negative"
        : null;
}
