using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using static TorchSharp.torch;

namespace Pipeline.Models.Preprocessing;

/// <summary>
/// CLIP (Radford et al. 2021, arXiv 2103.00020) as published in its checkpoints: short side to a fixed length, bicubic; centre crop; rescale; normalise (CHECKPOINTS 7.2).
/// A crop larger than the picture is filled with black, which normalisation then moves away from zero.
/// </summary>
public sealed class ClipImageProcessor : IImageProcessor
{
    private const int LongestAspect = 200;

    private readonly int? _shortestEdge;
    private readonly (int Height, int Width)? _size, _crop;
    private readonly ResampleFilter _filter;
    private readonly PixelNormalizer _normalizer;

    private ClipImageProcessor(PreprocessorConfig config)
    {
        if (config.Flag("do_resize", true))
        {
            _shortestEdge = config.ShortestEdge("size");
            _size = config.HeightAndWidth("size");
        }

        _crop = config.Flag("do_center_crop", true) ? config.HeightAndWidth("crop_size") : null;
        _filter = config.Filter(ResampleFilter.Bicubic);
        _normalizer = config.Normalizer();
    }

    /// <summary>Reads <c>preprocessor_config.json</c> of a checkpoint's folder.</summary>
    /// <exception cref="ModelFormatException">The file is missing or wrong.</exception>
    public static ClipImageProcessor FromDirectory(string directory) => new(PreprocessorConfig.Read(directory));

    /// <inheritdoc />
    /// <exception cref="ImageFormatException">The picture is over 200 times as long as wide: scaled by its short side it would take gigabytes.</exception>
    public PixelValues Compute(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _normalizer.Stack([Crop(Resize(image))]);
    }

    /// <inheritdoc />
    public Tensor Process(RgbImage image, Device? device = null) => Compute(image).ToTensor(device);

    private RgbImage Resize(RgbImage image)
    {
        if (_shortestEdge is { } edge)
        {
            // The long side is cut off, not rounded; the quotient is taken in double precision like the product.
            bool portrait = image.Width <= image.Height;
            int shortSide = portrait ? image.Width : image.Height, longSide = portrait ? image.Height : image.Width;
            if (longSide > (long)LongestAspect * shortSide)
            {
                throw new ImageFormatException(
                    ImageErrorKind.Unsupported, $"a picture of {image.Width}x{image.Height} is longer than {LongestAspect} times its short side, which CLIP cannot be shown; crop it");
            }

            int scaled = (int)((double)((long)edge * longSide) / shortSide);
            return PillowResize.Resize(image, portrait ? edge : scaled, portrait ? scaled : edge, _filter);
        }

        return _size is { } size ? PillowResize.Resize(image, size.Width, size.Height, _filter) : image;
    }

    private RgbImage Crop(RgbImage image) =>
        _crop is { } crop ? image.PlaceOn(crop.Width, crop.Height, -HalfDown(image.Width - crop.Width), -HalfDown(image.Height - crop.Height)) : image;

    // Half, rounded down also below zero: a picture smaller than the crop lies nearer to the lower right.
    private static int HalfDown(int difference) => difference >> 1;
}
