using Pipeline.Imaging;
using static TorchSharp.torch;

namespace Pipeline.Stages.Inversion;

/// <summary>What a method's inversion starts from.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Latent">Its latents [1, C, h, w] as the method encoded them; belong to the caller.</param>
/// <param name="SourcePrompt">What it shows.</param>
/// <param name="SourceSha256">Digest of its file, which decides the noise.</param>
public sealed record PictureToInvert(RgbImage Picture, Tensor Latent, string SourcePrompt, string SourceSha256);
