using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using static TorchSharp.torch;

namespace Pipeline.Models.Preprocessing;

/// <summary>BLIP and BLIP-2 (Li et al. 2023, arXiv 2301.12597): stretched to a square, bicubic unless the file says otherwise, CLIP's mean and deviation.</summary>
public sealed class BlipImageProcessor : IImageProcessor
{
    private readonly StretchedPixels _pixels;

    private BlipImageProcessor(PreprocessorConfig config) => _pixels = new StretchedPixels(config, ResampleFilter.Bicubic);

    /// <summary>Reads <c>preprocessor_config.json</c> of a checkpoint's folder.</summary>
    /// <exception cref="ModelFormatException">The file is missing or wrong.</exception>
    public static BlipImageProcessor FromDirectory(string directory) => new(PreprocessorConfig.Read(directory));

    /// <inheritdoc />
    public PixelValues Compute(RgbImage image) => _pixels.Compute(image);

    /// <inheritdoc />
    public Tensor Process(RgbImage image, Device? device = null) => Compute(image).ToTensor(device);
}
