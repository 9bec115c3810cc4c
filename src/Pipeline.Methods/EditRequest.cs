using Pipeline.Diffusion.Inversion;
using Pipeline.Imaging;
using static TorchSharp.torch;

namespace Pipeline.Methods;

/// <summary>One picture and the emotions it is to carry.</summary>
/// <param name="Image">The picture, of any size.</param>
/// <param name="SourceDigest">SHA-256 of the source file, lower-case hexadecimal; with the seed it determines all noise.</param>
/// <param name="SourcePrompt">P_src, what the picture shows; may be empty.</param>
/// <param name="Emotions">What to make of it, at least one.</param>
/// <param name="Seed">Seed of the emotions that bring none of their own.</param>
public sealed record EditRequest(RgbImage Image, string SourceDigest, string SourcePrompt, IReadOnlyList<EmotionEdit> Emotions, long Seed = 0)
{
    /// <summary>
    /// z_0 [1, C, h, w] that an earlier stage encoded from this picture with this model and working size, or null: then the picture is encoded here. Belongs to the caller.
    /// </summary>
    public Tensor? Latent { get; init; }

    /// <summary>
    /// What the method's inversion computed of this picture, source prompt and latent in an earlier stage, or null: then it is computed here. Belongs to the caller.
    /// </summary>
    public InversionArtefact? Inverted { get; init; }

    /// <exception cref="EditException">Something is missing or out of range.</exception>
    internal void Check()
    {
        if (Emotions.Count == 0)
        {
            throw EditException.Request("the request names no emotion");
        }

        foreach (EmotionEdit edit in Emotions)
        {
            if (!(edit.Intensity > 0 && edit.Intensity <= 1))
            {
                throw EditException.Request($"emotion {edit.Emotion}: intensity must lie in (0, 1], got {edit.Intensity}");
            }

            if (edit.Stimulus is { } map && Array.Exists(map.Values, v => v is not (>= 0 and <= 1)))
            {
                throw EditException.Request($"emotion {edit.Emotion}: the stimulus map has values outside [0, 1]");
            }
        }
    }
}
