using System.Text.Json;
using Pipeline.Imaging;

namespace Pipeline.Stages.Inversion;

/// <summary>A picture to encode.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Method">The method that will edit it.</param>
/// <param name="Params">The method's parameters.</param>
public sealed record InvertInput(RgbImage Picture, string Method, JsonElement? Params);
