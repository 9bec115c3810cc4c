using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Emotions;

namespace Pipeline.Methods.Prompting;

/// <summary>A picture and the emotions wanted for it, with whatever the user has decided already.</summary>
/// <param name="Picture">The picture as given; boxes in pixels refer to it.</param>
/// <param name="WorkingSize">Size of the stimulus maps.</param>
/// <param name="Emotions">Wanted emotions, at least one.</param>
public sealed record PromptRequest(RgbImage Picture, PictureSize WorkingSize, IReadOnlyList<Emotion> Emotions)
{
    /// <summary>Domain of the hints, e.g. <c>fashion</c>; null or unknown gives none. <c>face</c> and <c>portrait</c> do not switch to face mode by themselves.</summary>
    public string? Domain { get; init; }

    /// <summary>Objects and scenes, or a face.</summary>
    public SubjectMode Mode { get; init; }

    /// <summary>Source prompt instead of the model's.</summary>
    public string? SourcePrompt { get; init; }

    /// <summary>Target prompt instead of the model's.</summary>
    public string? TargetPrompt { get; init; }

    /// <summary>Stimuli instead of the model's.</summary>
    public IReadOnlyList<Stimulus>? Stimuli { get; init; }

    /// <summary>Mask that takes the place of the stimulus map, of any size.</summary>
    public MaskImage? Mask { get; init; }

    /// <summary>Seed of sampling, where the temperature is not 0.</summary>
    public ulong Seed { get; init; }
}
