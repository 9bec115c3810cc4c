using Pipeline.Imaging;
using Pipeline.Models.Preprocessing;

namespace Pipeline.Cli.Parity;

/// <summary>
/// Pictures through the processor that <c>preprocessor_config.json</c> names: expected keys are <c>IMAGE_pixel_values</c> ([C, H, W], or [tiles, C, H, W]) and <c>IMAGE_image_sizes</c>.
/// </summary>
internal sealed class ImageProcessorParity : IParityRunner
{
    private const string Values = "_pixel_values", Sizes = "_image_sizes";

    public string Kind => "image_processor";

    public bool Recognises(ParityCase reference) =>
        reference.HasFile("preprocessor_config.json") && !reference.HasFile("config.json")
        && reference.Expected is { Names.Count: > 0 } expected
        && expected.Names.All(name => name.EndsWith(Values, StringComparison.Ordinal) || name.EndsWith(Sizes, StringComparison.Ordinal));

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        IImageProcessor processor = ImageProcessorLoader.Load(reference.Directory);
        foreach (string key in reference.Expected!.Names.Where(name => name.EndsWith(Values, StringComparison.Ordinal)))
        {
            string picture = key[..^Values.Length];
            RgbImage image = CasePicture.Read(reference, picture);
            PixelValues pixels = processor.Compute(image);
            long[] shape = processor is LlavaNextImageProcessor ? pixels.Shape : pixels.Shape[1..];
            yield return reference.Compare(key, Array.ConvertAll(pixels.Values, v => (double)v), shape);
            if (reference.Expected.Contains(picture + Sizes))
            {
                yield return reference.Compare(picture + Sizes, [image.Height, image.Width], [1, 2]);
            }
        }
    }
}
