using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Methods;

/// <summary>One edited picture.</summary>
/// <param name="Emotion">As in the request.</param>
/// <param name="Image">The result.</param>
/// <param name="Mask">The map that was used, at the size of <paramref name="Image"/>.</param>
/// <param name="MaskSource">Where it came from.</param>
/// <param name="SourcePrompt">P_src.</param>
/// <param name="TargetPrompt">P_E.</param>
/// <param name="NegativePrompt">What guidance led away from.</param>
/// <param name="PromptTruncated">Whether a prompt was cut to the text encoder's length.</param>
/// <param name="GuidanceTarget">w_t after the intensity rule.</param>
/// <param name="Seed">The seed that was used.</param>
public sealed record EditedImage(
    string Emotion,
    RgbImage Image,
    MaskImage Mask,
    MaskSource MaskSource,
    string SourcePrompt,
    string TargetPrompt,
    string NegativePrompt,
    bool PromptTruncated,
    double GuidanceTarget,
    long Seed);
