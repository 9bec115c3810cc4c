using Pipeline.Imaging;

namespace Pipeline.Stages.Scoring;

/// <summary>Whether two pictures are one: what is known of a source then serves all its edits, whoever decoded or resized it.</summary>
internal static class SamePicture
{
    /// <summary>True for equal pixels.</summary>
    public static bool Is(RgbImage? known, RgbImage picture) =>
        ReferenceEquals(known, picture) || (known is not null && known.Width == picture.Width && known.Height == picture.Height && known.Pixels.AsSpan().SequenceEqual(picture.Pixels));
}
