using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Imaging.Resampling;

/// <summary>
/// Resizing that gives the same bytes as Pillow's <c>Image.resize</c> on 8-bit RGB, because every published preprocessor is defined by it and metrics are only
/// comparable when it is met: horizontal pass, then vertical pass, weights in 22-bit fixed point, the picture between the passes rounded to bytes.
/// </summary>
public static class PillowResize
{
    private const int Bits = 32 - 8 - 2;

    /// <summary>The picture at <paramref name="width"/> x <paramref name="height"/>; an unchanged size is a copy, an unchanged axis is not filtered.</summary>
    public static RgbImage Resize(RgbImage image, int width, int height, ResampleFilter filter = ResampleFilter.Bicubic)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (width == image.Width && height == image.Height)
        {
            return new RgbImage(width, height, [.. image.Pixels]);
        }

        if (filter == ResampleFilter.Nearest)
        {
            return Nearest(image, width, height);
        }

        RgbImage horizontal = width == image.Width ? image : ResizeRows(image, new ResampleKernel(image.Width, width, filter));
        return height == image.Height ? horizontal : ResizeColumns(horizontal, new ResampleKernel(image.Height, height, filter));
    }

    private static RgbImage Nearest(RgbImage image, int width, int height)
    {
        int[] columns = NearestIndices(image.Width, width), rows = NearestIndices(image.Height, height);
        var result = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            Span<byte> source = image.Row(rows[y]), target = result.Row(y);
            for (int x = 0; x < width; x++)
            {
                source.Slice(columns[x] * 3, 3).CopyTo(target[(x * 3)..]);
            }
        }

        return result;
    }

    // The coordinate is accumulated, not multiplied out: rounding errors of the sum are part of the result.
    private static int[] NearestIndices(int input, int output)
    {
        double scale = (double)input / output, at = scale * 0.5;
        int[] indices = new int[output];
        for (int i = 0; i < output; i++, at += scale)
        {
            indices[i] = Math.Min((int)at, input - 1);
        }

        return indices;
    }

    /// <summary>
    /// Each row is split into planes, so that one output sample is a dot product of contiguous numbers. Integer sums do not depend on their order, and weights padded
    /// with zeros add nothing, so whole vectors can be used throughout.
    /// </summary>
    private static RgbImage ResizeRows(RgbImage image, ResampleKernel kernel)
    {
        int lanes = Vector<int>.Count, padded = (kernel.Taps + lanes - 1) / lanes * lanes;
        int[] weights = PadRows(kernel.FixedPoint(Bits), kernel.Taps, padded);
        int[][] planes = [new int[image.Width + padded], new int[image.Width + padded], new int[image.Width + padded]];
        var result = new RgbImage(kernel.OutputLength, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            Split(image.Row(y), planes);
            Span<byte> target = result.Row(y);
            for (int x = 0; x < kernel.OutputLength; x++)
            {
                ReadOnlySpan<int> w = weights.AsSpan(x * padded, padded);
                for (int channel = 0; channel < 3; channel++)
                {
                    target[x * 3 + channel] = ToByte((1 << (Bits - 1)) + Dot(w, planes[channel].AsSpan(kernel.Start[x], padded)));
                }
            }
        }

        return result;
    }

    private static int Dot(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        ReadOnlySpan<Vector<int>> left = MemoryMarshal.Cast<int, Vector<int>>(a), right = MemoryMarshal.Cast<int, Vector<int>>(b);
        Vector<int> sum = Vector<int>.Zero;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return Vector.Sum(sum);
    }

    private static void Split(ReadOnlySpan<byte> row, int[][] planes)
    {
        int[] red = planes[0], green = planes[1], blue = planes[2];
        for (int x = 0; x * 3 < row.Length; x++)
        {
            red[x] = row[x * 3];
            green[x] = row[x * 3 + 1];
            blue[x] = row[x * 3 + 2];
        }
    }

    private static int[] PadRows(int[] rows, int length, int padded)
    {
        int[] result = new int[rows.Length / length * padded];
        for (int i = 0; i < rows.Length; i++)
        {
            result[i / length * padded + i % length] = rows[i];
        }

        return result;
    }

    private static RgbImage ResizeColumns(RgbImage image, ResampleKernel kernel)
    {
        int[] weights = kernel.FixedPoint(Bits);
        var result = new RgbImage(image.Width, kernel.OutputLength);
        int[] sums = new int[image.Width * 3];
        for (int y = 0; y < kernel.OutputLength; y++)
        {
            Array.Fill(sums, 1 << (Bits - 1));
            for (int j = 0; j < kernel.Count[y]; j++)
            {
                AddScaled(sums, image.Row(kernel.Start[y] + j), weights[y * kernel.Taps + j]);
            }

            Span<byte> target = result.Row(y);
            for (int i = 0; i < sums.Length; i++)
            {
                target[i] = ToByte(sums[i]);
            }
        }

        return result;
    }

    /// <summary><c>sums[i] += row[i] * weight</c>, a vector of pixels at a time.</summary>
    private static void AddScaled(Span<int> sums, ReadOnlySpan<byte> row, int weight)
    {
        int step = Vector<byte>.Count, i = 0;
        for (; i + step <= row.Length; i += step)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            Span<Vector<int>> part = MemoryMarshal.Cast<int, Vector<int>>(sums.Slice(i, step));
            part[0] += Vector.AsVectorInt32(a) * weight;
            part[1] += Vector.AsVectorInt32(b) * weight;
            part[2] += Vector.AsVectorInt32(c) * weight;
            part[3] += Vector.AsVectorInt32(d) * weight;
        }

        for (; i < row.Length; i++)
        {
            sums[i] += row[i] * weight;
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> Bits, 0, 255);
}
