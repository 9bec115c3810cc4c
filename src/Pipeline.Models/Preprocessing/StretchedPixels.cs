using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Models.Preprocessing;

/// <summary>The processors that resize straight to height x width without keeping the aspect ratio (CHECKPOINTS 7.3).</summary>
internal sealed class StretchedPixels
{
    private readonly (int Height, int Width)? _size;
    private readonly ResampleFilter _filter;
    private readonly PixelNormalizer _normalizer;

    internal StretchedPixels(PreprocessorConfig config, ResampleFilter usual)
    {
        _size = config.Flag("do_resize", true) ? config.HeightAndWidth("size") : null;
        _filter = config.Filter(usual);
        _normalizer = config.Normalizer();
    }

    internal PixelValues Compute(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _normalizer.Stack([_size is { } size ? PillowResize.Resize(image, size.Width, size.Height, _filter) : image]);
    }
}
