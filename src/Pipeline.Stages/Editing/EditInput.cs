using System.Text.Json;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Stages.Prompting;

namespace Pipeline.Stages.Editing;

/// <summary>One wanted edit with all that it needs.</summary>
/// <param name="Picture">The source.</param>
/// <param name="SourceSha256">Digest of the source's file.</param>
/// <param name="Latent">Its latents, row-major; null to encode it here.</param>
/// <param name="LatentShape">Their shape.</param>
/// <param name="Method">Method.</param>
/// <param name="Params">Its parameters.</param>
/// <param name="ParamsKey">The parameters in normal form: equal for edits that may share a batch.</param>
/// <param name="Emotion">Emotion.</param>
/// <param name="Intensity">Strength in (0, 1].</param>
/// <param name="Seed">Seed.</param>
/// <param name="Prompts">What the prompt stage wrote.</param>
/// <param name="Map">The stimulus map; null where there is none.</param>
public sealed record EditInput(
    RgbImage Picture, string SourceSha256, float[]? Latent, long[]? LatentShape, string Method, JsonElement? Params, string ParamsKey,
    string Emotion, double Intensity, long Seed, PromptRecord Prompts, MaskImage? Map)
{
    /// <summary>What the method's inversion computed of the picture, as the invert stage stored it; null to compute it here.</summary>
    public byte[]? Inverted { get; init; }

    /// <summary>Edits with the same value have one source branch in common.</summary>
    public (string Source, string Prompt, string Method, string Params) SharedSource => (SourceSha256, Prompts.Source, Method, ParamsKey);
}
