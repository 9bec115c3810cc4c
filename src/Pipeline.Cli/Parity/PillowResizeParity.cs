using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Cli.Parity;

/// <summary>Pictures resized by Pillow: every expected key is <c>IMAGE_WIDTHxHEIGHT_FILTER</c> with IMAGE.png beside it.</summary>
internal sealed partial class PillowResizeParity : IParityRunner
{
    public string Kind => "pillow_resize";

    public bool Recognises(ParityCase reference) =>
        reference.Expected is { Names.Count: > 0 } expected && expected.Names.All(name => Key().IsMatch(name));

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        foreach (IGrouping<string, Match> picture in reference.Expected!.Names.Select(name => Key().Match(name)).GroupBy(match => match.Groups["image"].Value))
        {
            RgbImage image = CasePicture.Read(reference, picture.Key);
            foreach (Match key in picture)
            {
                int width = int.Parse(key.Groups["width"].ValueSpan, CultureInfo.InvariantCulture), height = int.Parse(key.Groups["height"].ValueSpan, CultureInfo.InvariantCulture);
                RgbImage resized = PillowResize.Resize(image, width, height, Enum.Parse<ResampleFilter>(key.Groups["filter"].ValueSpan, ignoreCase: true));
                yield return reference.Compare(key.Value, Array.ConvertAll(resized.Pixels, v => (double)v), [height, width, 3], Tolerance.Exact);
            }
        }
    }

    [GeneratedRegex("^(?<image>.+)_(?<width>[0-9]{1,5})x(?<height>[0-9]{1,5})_(?<filter>nearest|lanczos|bilinear|bicubic|box|hamming)$")]
    private static partial Regex Key();
}
