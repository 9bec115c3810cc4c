using System.Text.Json;
using Pipeline.Imaging;

namespace Pipeline.Stages.Inversion;

/// <summary>A picture to encode.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Method">The method that will edit it.</param>
/// <param name="Params">The method's parameters.</param>
/// <param name="SourceSha256">Digest of its file.</param>
/// <param name="SourcePrompt">What the picture shows, where its edits agree on that; null where they do not, or where the method's inversion computes nothing.</param>
public sealed record InvertInput(RgbImage Picture, string Method, JsonElement? Params, string SourceSha256, string? SourcePrompt);
