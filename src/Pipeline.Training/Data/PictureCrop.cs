using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using Pipeline.Training.World;

namespace Pipeline.Training.Data;

/// <summary>Makes squares of pictures: the shorter side is resized as Pillow does it (bicubic, and the longer side rounded down, as published preprocessors have it), then a square is cut out.</summary>
/// <param name="side">Side of the squares.</param>
/// <param name="options">Which part, and whether some are mirrored.</param>
/// <param name="seed">Of the run.</param>
internal sealed class PictureCrop(int side, ManifestOptions options, long seed)
{
    private const ulong Purpose = 71;

    /// <summary>The square of a picture.</summary>
    /// <param name="image">The whole picture.</param>
    /// <param name="number">Of the picture.</param>
    /// <param name="epoch">Pass over the data; null for the middle, as it is.</param>
    public RgbImage Take(RgbImage image, int number, long? epoch)
    {
        int shorter = Math.Min(image.Width, image.Height);
        int width = (int)((long)image.Width * side / shorter), height = (int)((long)image.Height * side / shorter);
        RgbImage resized = PillowResize.Resize(image, width, height);
        SeededRandom random = new((ulong)seed + (0xD1B54A32D192ED03UL * (ulong)(epoch ?? 0)) + ((ulong)number << 1), Purpose);
        bool isRandom = epoch is not null && options.Crop == CropMode.Random;
        int left = isRandom ? random.Below(width - side + 1) : (width - side) / 2, top = isRandom ? random.Below(height - side + 1) : (height - side) / 2;
        RgbImage square = width == side && height == side ? resized : resized.Crop(left, top, side, side);
        return epoch is not null && options.Flip && random.Chance(0.5f) ? Mirrored(square) : square;
    }

    private static RgbImage Mirrored(RgbImage image)
    {
        RgbImage mirrored = new(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            Span<byte> from = image.Row(y), to = mirrored.Row(y);
            for (int x = 0; x < image.Width; x++)
            {
                from.Slice(3 * x, 3).CopyTo(to[(3 * (image.Width - 1 - x))..]);
            }
        }

        return mirrored;
    }
}
