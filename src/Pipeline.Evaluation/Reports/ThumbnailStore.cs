using System.Security.Cryptography;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Evaluation.Reports;

/// <summary>
/// Makes small pictures and writes each different one once: the picture before is the same for all emotions of an image.
/// </summary>
internal sealed class ThumbnailStore(int side, int quality, Action<int, byte[]> write)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>Number of the thumbnail.</summary>
    internal int Add(RgbImage thumbnail)
    {
        byte[] jpeg = ImageCodec.Default.Encode(thumbnail, new EncodeOptions { Format = ImageFormat.Jpeg, Quality = quality });
        string digest = Convert.ToHexString(SHA256.HashData(jpeg));
        if (!_numbers.TryGetValue(digest, out int number))
        {
            number = _numbers.Count;
            _numbers.Add(digest, number);
            write(number, jpeg);
        }

        return number;
    }

    /// <summary>The picture reduced to the store's side; never enlarged.</summary>
    internal RgbImage Shrink(RgbImage image)
    {
        double scale = Math.Min(1, side / (double)Math.Max(image.Width, image.Height));
        return PillowResize.Resize(image, Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)), ResampleFilter.Lanczos);
    }

    /// <summary>The map's colours over the picture (over black without one), at the picture's size.</summary>
    internal RgbImage Overlay(RgbImage? picture, RgbImage mask)
    {
        RgbImage under = picture ?? new RgbImage(Shrink(mask).Width, Shrink(mask).Height);
        return HeatMap.Overlay(under, MaskImage.FromImage(mask).AreaAverage(under.Width, under.Height));
    }
}
