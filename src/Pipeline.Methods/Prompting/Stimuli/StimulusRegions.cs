using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Methods.Prompting;

/// <summary>The maps of single phrases: attention, boxes, segments, and how they combine.</summary>
public static class StimulusRegions
{
    private const float Epsilon = 1e-6f;
    private const float Flatness = 1e-3f;

    /// <summary>
    /// a: attention of a phrase relative to neutral words (which removes attention sinks), clipped to percentiles, scaled to [0,1], blurred over 3x3 cells and
    /// enlarged to the picture. Zeros where the attention is the same everywhere.
    /// </summary>
    public static MaskImage FromAttention(AttentionGrid phrase, AttentionGrid? neutral, int width, int height, StimulusMapOptions options)
    {
        if (neutral is not null && neutral.Size != phrase.Size)
            throw new ArgumentException($"neutral attention has {neutral.Size}² cells, the phrase's {phrase.Size}²", nameof(neutral));
        var relative = new MaskImage(phrase.Size, phrase.Size);
        for (var i = 0; i < relative.Values.Length; i++)
        {
            var value = neutral is null ? phrase.Values[i] : phrase.Values[i] / (neutral.Values[i] + Epsilon);
            relative.Values[i] = float.IsFinite(value) ? Math.Max(value, 0) : 0;
        }
        var clipped = relative.PercentileClip(options.AttentionClipLow, options.AttentionClipHigh);
        // Scaling to [0,1] would turn rounding noise into a pattern.
        if (clipped.Maximum() - clipped.Values.Min() <= Flatness * clipped.Maximum())
            return new MaskImage(width, height);
        return clipped.Normalize().BoxBlur3().Resize(width, height, ResampleFilter.Bicubic).Clamp();
    }

    /// <summary>b: 1 inside the boxes with a cosine edge outside.</summary>
    public static MaskImage FromBoxes(IReadOnlyList<UnitBox> boxes, int width, int height, StimulusMapOptions options) =>
        MaskShapes.Boxes(width, height, boxes, options.BoxFeather);

    /// <summary>A segmenter's region with a soft edge outside: at least the region itself, and twice its Gaussian blur where that is more than nothing.</summary>
    public static MaskImage FromSegment(MaskImage segment, int width, int height, StimulusMapOptions options)
    {
        var region = segment.Width == width && segment.Height == height ? segment.Clamp() : segment.Resize(width, height, ResampleFilter.Bilinear).Clamp();
        // Half a plane blurred with sigma falls from 1/2 at its edge to about 0 at two sigmas; doubled it is an edge of that width on the outside.
        return region.Max(region.Gaussian(options.SegmentFeather * Math.Min(width, height) / 2).Scale(2).Clamp());
    }

    /// <summary>g = b ((1 - β) + β a / max(a b)); b where the attention is nothing inside the box.</summary>
    public static MaskImage Combine(MaskImage box, MaskImage attention, double beta)
    {
        var inside = box.Multiply(attention);
        var maximum = inside.Maximum();
        if (!(maximum > 0))
            return box;
        var result = new MaskImage(box.Width, box.Height);
        for (var i = 0; i < result.Values.Length; i++)
            result.Values[i] = (float)(box.Values[i] * (1 - beta) + beta * inside.Values[i] / maximum);
        return result;
    }

    /// <summary>g = a where a reaches its 75th percentile, with a soft step of ±5 percentile points around it; 0 elsewhere.</summary>
    public static MaskImage TopOf(MaskImage attention, StimulusMapOptions options)
    {
        var (percentile, half) = (options.AttentionPercentile, options.AttentionStepHalfWidth);
        var low = attention.Percentile(Math.Max(percentile - half, 0));
        var high = attention.Percentile(Math.Min(percentile + half, 100));
        return attention.Select(a => a * (high > low ? Smooth((a - low) / (high - low)) : a >= high && a > 0 ? 1 : 0));
    }

    /// <summary>M_E before scaling: the largest weighted map at each pixel.</summary>
    public static MaskImage Merge(int width, int height, IEnumerable<(double Weight, MaskImage Map)> parts)
    {
        var merged = new MaskImage(width, height);
        foreach (var (weight, map) in parts)
        {
            for (var i = 0; i < merged.Values.Length; i++)
                merged.Values[i] = Math.Max(merged.Values[i], (float)(weight * map.Values[i]));
        }
        return merged;
    }

    private static float Smooth(float t)
    {
        t = Math.Clamp(t, 0, 1);
        return t * t * (3 - 2 * t);
    }
}
