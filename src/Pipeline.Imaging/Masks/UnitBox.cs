namespace Pipeline.Imaging.Masks;

/// <summary>A rectangle in units of the picture's sides: (0, 0) is the upper left corner, (1, 1) the lower right one.</summary>
public readonly record struct UnitBox(double Left, double Top, double Right, double Bottom)
{
    /// <summary>Share of the picture, 0..1 for a box inside it.</summary>
    public double Area => Math.Max(Right - Left, 0) * Math.Max(Bottom - Top, 0);
}
