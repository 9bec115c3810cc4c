using Pipeline.Imaging;

namespace Pipeline.Training.World;

/// <summary>The 64x64 picture that is being painted, with an optional clip and the coverage of what is recorded at the moment.</summary>
internal sealed class Canvas
{
    /// <summary>Width and height in pixels.</summary>
    public const int Side = 64;

    private readonly float[] _pixels = new float[Side * Side * 3];
    private (float Left, float Top, float Right, float Bottom)? _clip;
    private float[]? _coverage;
    private readonly List<float[]> _covered = [];

    /// <summary>Limits painting to a rectangle until the returned action is called.</summary>
    public void ClipTo(float left, float top, float right, float bottom) => _clip = (left, top, right, bottom);

    /// <summary>Paints everywhere again.</summary>
    public void ClearClip() => _clip = null;

    /// <summary>From now on, what is painted is recorded in a new mask; what covers an earlier mask later is taken out of it.</summary>
    public float[] StartMask()
    {
        _coverage = new float[Side * Side];
        _covered.Add(_coverage);
        return _coverage;
    }

    /// <summary>Painting is not recorded any more (it still hides earlier masks).</summary>
    public void EndMask() => _coverage = null;

    /// <summary>Vertical gradient over the whole picture.</summary>
    public void FillGradient(Rgb top, Rgb bottom, float bottomRow)
    {
        for (int y = 0; y < Side; y++)
        {
            Rgb c = top.Towards(bottom, Math.Clamp((y + 0.5f) / bottomRow, 0, 1));
            for (int x = 0; x < Side; x++)
            {
                Blend((y * Side) + x, c, 1);
            }
        }
    }

    /// <summary>Paints a shape, anti-aliased over one pixel.</summary>
    public void Paint<TShape>(TShape shape, Fill fill, float opacity = 1)
        where TShape : struct, IShape
    {
        (float left, float top, float right, float bottom) = shape.Bounds;
        if (_clip is { } clip)
        {
            (left, top, right, bottom) = (MathF.Max(left, clip.Left), MathF.Max(top, clip.Top), MathF.Min(right, clip.Right), MathF.Min(bottom, clip.Bottom));
        }

        int x0 = Math.Max((int)MathF.Floor(left - 0.5f), 0), x1 = Math.Min((int)MathF.Ceiling(right + 0.5f), Side);
        int y0 = Math.Max((int)MathF.Floor(top - 0.5f), 0), y1 = Math.Min((int)MathF.Ceiling(bottom + 0.5f), Side);
        for (int y = y0; y < y1; y++)
        {
            for (int x = x0; x < x1; x++)
            {
                float alpha = Math.Clamp(0.5f - shape.Distance(x + 0.5f, y + 0.5f), 0, 1) * opacity;
                if (alpha > 0 && Inside(x, y))
                {
                    Blend((y * Side) + x, fill.At(x + 0.5f, y + 0.5f), alpha);
                }
            }
        }
    }

    /// <summary>The finished picture.</summary>
    public RgbImage ToImage()
    {
        byte[] bytes = new byte[_pixels.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)MathF.Round(Math.Clamp(_pixels[i], 0, 1) * 255);
        }

        return new RgbImage(Side, Side, bytes);
    }

    private bool Inside(int x, int y) =>
        _clip is not { } c || (x + 0.5f >= c.Left && x + 0.5f < c.Right && y + 0.5f >= c.Top && y + 0.5f < c.Bottom);

    private void Blend(int index, Rgb colour, float alpha)
    {
        Span<float> p = _pixels.AsSpan(index * 3, 3);
        p[0] += (colour.R - p[0]) * alpha;
        p[1] += (colour.G - p[1]) * alpha;
        p[2] += (colour.B - p[2]) * alpha;
        foreach (float[] mask in _covered)
        {
            if (mask == _coverage)
            {
                mask[index] += (1 - mask[index]) * alpha;
            }
            else if (mask[index] > 0)
            {
                mask[index] *= 1 - alpha;
            }
        }
    }
}
