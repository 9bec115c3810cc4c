namespace Pipeline.Imaging.Masks;

/// <summary>Maps drawn from geometry.</summary>
public static class MaskShapes
{
    /// <summary>
    /// 1 inside the union of <paramref name="boxes"/>, and around it a falling half cosine of width <paramref name="feather"/>:
    /// <c>(1 + cos(pi d / r)) / 2</c> at distance d &lt; r = feather * short side (EDITING 13.4 b: feather 0.04). A pixel belongs to a box when its centre does.
    /// </summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="boxes">Rectangles; may reach beyond the picture.</param>
    /// <param name="feather">Width of the soft edge in units of the short side, at least 0.</param>
    public static MaskImage Boxes(int width, int height, IEnumerable<UnitBox> boxes, double feather = 0)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentOutOfRangeException.ThrowIfNegative(feather);
        var map = new MaskImage(width, height);
        double reach = feather * Math.Min(width, height);
        foreach (UnitBox box in boxes)
        {
            double left = box.Left * width, right = box.Right * width, top = box.Top * height, bottom = box.Bottom * height;
            int firstX = Clamp(left - reach, width), lastX = Clamp(right + reach + 1, width);
            for (int y = Clamp(top - reach, height); y < Clamp(bottom + reach + 1, height); y++)
            {
                double dy = Math.Max(Math.Max(top - (y + 0.5), y + 0.5 - bottom), 0);
                Span<float> row = map.Row(y);
                for (int x = firstX; x < lastX; x++)
                {
                    double dx = Math.Max(Math.Max(left - (x + 0.5), x + 0.5 - right), 0);
                    row[x] = Math.Max(row[x], Edge(Math.Sqrt(dx * dx + dy * dy), reach));
                }
            }
        }

        return map;
    }

    private static float Edge(double distance, double reach) =>
        distance <= 0 ? 1 : distance < reach ? (float)(0.5 * (1 + Math.Cos(Math.PI * distance / reach))) : 0;

    private static int Clamp(double at, int length) => (int)Math.Clamp(at, 0, length);
}
