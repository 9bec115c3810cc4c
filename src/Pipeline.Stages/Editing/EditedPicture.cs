using Pipeline.Methods;

namespace Pipeline.Stages.Editing;

/// <summary>One edit as computed.</summary>
/// <param name="Image">The edited picture and how it came about; the source itself where the edit was left out.</param>
/// <param name="Timesteps">Time steps that were visited.</param>
/// <param name="SampleForwards">This edit's share of the UNet forwards of its batch.</param>
public sealed record EditedPicture(EditedImage Image, IReadOnlyList<int> Timesteps, long SampleForwards)
{
    /// <summary>Why the edit was left out; null where it was made.</summary>
    public SkippedEdit? Skipped { get; init; }
}
