using Pipeline.Imaging;

namespace Pipeline.Training.World;

/// <summary>A picture with everything that is known about it.</summary>
/// <param name="Scene">What was painted.</param>
/// <param name="Image">64x64 picture.</param>
/// <param name="ObjectMasks">One visible coverage map per object, 64*64 values 0..1, row-major.</param>
/// <param name="StimulusMask">Visible coverage of the stimulus, 64*64 values 0..1, row-major.</param>
public sealed record RenderedScene(Scene Scene, RgbImage Image, IReadOnlyList<float[]> ObjectMasks, float[] StimulusMask)
{
    /// <summary>Smallest box around what a mask covers by more than half, normalised (x0, y0, x1, y1); null when nothing is visible.</summary>
    public static (float X0, float Y0, float X1, float Y1)? BoxOf(float[] mask)
    {
        int x0 = Canvas.Side, y0 = Canvas.Side, x1 = -1, y1 = -1;
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] > 0.5f)
            {
                (int y, int x) = Math.DivRem(i, Canvas.Side);
                (x0, x1) = (Math.Min(x0, x), Math.Max(x1, x));
                (y0, y1) = (Math.Min(y0, y), Math.Max(y1, y));
            }
        }

        const float Side = Canvas.Side;
        return x1 < 0 ? null : (x0 / Side, y0 / Side, (x1 + 1) / Side, (y1 + 1) / Side);
    }
}
