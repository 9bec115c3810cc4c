using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using static TorchSharp.torch;

namespace Pipeline.Models.Preprocessing;

/// <summary>ViT and DINO (Caron et al. 2021, arXiv 2104.14294): stretched to a square, bilinear unless the file says otherwise, ImageNet's mean and deviation.</summary>
public sealed class VitImageProcessor : IImageProcessor
{
    private readonly StretchedPixels _pixels;

    private VitImageProcessor(PreprocessorConfig config) => _pixels = new StretchedPixels(config, ResampleFilter.Bilinear);

    /// <summary>Reads <c>preprocessor_config.json</c> of a checkpoint's folder.</summary>
    /// <exception cref="ModelFormatException">The file is missing or wrong.</exception>
    public static VitImageProcessor FromDirectory(string directory) => new(PreprocessorConfig.Read(directory));

    /// <inheritdoc />
    public PixelValues Compute(RgbImage image) => _pixels.Compute(image);

    /// <inheritdoc />
    public Tensor Process(RgbImage image, Device? device = null) => Compute(image).ToTensor(device);
}
