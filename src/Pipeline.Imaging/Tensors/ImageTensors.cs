using Pipeline.Imaging.Masks;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Imaging.Tensors;

/// <summary>Pictures and maps to tensors and back. Every tensor returned is owned by the caller; tensors given are only read.</summary>
public static class ImageTensors
{
    /// <summary>A picture as float32 [1, 3, H, W] on the CPU.</summary>
    public static Tensor ToTensor(RgbImage image, PixelRange range = PixelRange.Unit)
    {
        ArgumentNullException.ThrowIfNull(image);
        return ToTensor([image], range);
    }

    /// <summary>Pictures of one size as float32 [B, 3, H, W] on the CPU.</summary>
    /// <exception cref="ArgumentException">No picture, or pictures of different sizes.</exception>
    public static Tensor ToTensor(IReadOnlyList<RgbImage> images, PixelRange range = PixelRange.Unit)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0 || images.Any(i => i.Width != images[0].Width || i.Height != images[0].Height))
        {
            throw new ArgumentException("a batch needs at least one picture, and all of one size", nameof(images));
        }

        (float scale, float shift) = Affine(range);
        int plane = images[0].Width * images[0].Height;
        float[] values = new float[checked(images.Count * 3 * plane)];
        for (int b = 0; b < images.Count; b++)
        {
            byte[] pixels = images[b].Pixels;
            for (int channel = 0; channel < 3; channel++)
            {
                Span<float> target = values.AsSpan((b * 3 + channel) * plane, plane);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = pixels[i * 3 + channel] / scale - shift;
                }
            }
        }

        return tensor(values, [images.Count, 3, images[0].Height, images[0].Width]); // [B, 3, H, W]
    }

    /// <summary>A floating point tensor [1, 3, H, W] or [3, H, W] of any device as a picture: limited to the range, half way cases rounded to even, not a number becomes 0.</summary>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public static RgbImage FromTensor(Tensor pixels, PixelRange range = PixelRange.Unit)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        long[] shape = pixels.shape;
        if (shape is not ([1, 3, _, _] or [3, _, _]))
        {
            throw new ArgumentException($"a picture tensor is [1, 3, H, W] or [3, H, W], not [{string.Join(", ", shape)}]", nameof(pixels));
        }

        (float scale, float shift) = Affine(range);
        int height = (int)shape[^2], width = (int)shape[^1], plane = height * width;
        float[] values = Read(pixels);
        var image = new RgbImage(width, height);
        for (int channel = 0; channel < 3; channel++)
        {
            ReadOnlySpan<float> source = values.AsSpan(channel * plane, plane);
            for (int i = 0; i < source.Length; i++)
            {
                float value = (source[i] + shift) * scale;
                image.Pixels[i * 3 + channel] = float.IsNaN(value) ? (byte)0 : (byte)MathF.Round(Math.Clamp(value, 0, 255), MidpointRounding.ToEven);
            }
        }

        return image;
    }

    /// <summary>A map as float32 [1, 1, H, W] on the CPU.</summary>
    public static Tensor ToTensor(MaskImage map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return tensor(map.Values, [1, 1, map.Height, map.Width]); // [1, 1, H, W]
    }

    /// <summary>A floating point tensor whose last two dimensions are H and W and all others 1, as a map.</summary>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public static MaskImage MapFromTensor(Tensor map)
    {
        ArgumentNullException.ThrowIfNull(map);
        long[] shape = map.shape;
        if (shape.Length < 2 || shape[..^2].Any(n => n != 1))
        {
            throw new ArgumentException($"a map tensor is [1, 1, H, W] or [H, W], not [{string.Join(", ", shape)}]", nameof(map));
        }

        return new MaskImage((int)shape[^1], (int)shape[^2], Read(map));
    }

    private static float[] Read(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        using TensorAccessor<float> data = values.detach().to(ScalarType.Float32).cpu().contiguous().data<float>();
        return data.ToArray();
    }

    // byte = (value + shift) * scale
    private static (float Scale, float Shift) Affine(PixelRange range) => range switch
    {
        PixelRange.Unit => (255f, 0f),
        PixelRange.SignedUnit => (127.5f, 1f),
        PixelRange.Byte => (1f, 0f),
        _ => throw new ArgumentOutOfRangeException(nameof(range)),
    };
}
