using Pipeline.Imaging;

namespace Pipeline.Models.LlavaNext;

/// <summary>A picture and a question about it.</summary>
public sealed record ImageQuestion(RgbImage Image, string Question);
