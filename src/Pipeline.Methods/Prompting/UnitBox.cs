namespace Pipeline.Methods.Prompting;

/// <summary>A rectangle in normalised image coordinates: origin top left, x to the right, y down, [0,1] each.</summary>
public readonly record struct UnitBox(double X0, double Y0, double X1, double Y1)
{
    /// <summary>Fraction of the image's width.</summary>
    public double Width => X1 - X0;

    /// <summary>Fraction of the image's height.</summary>
    public double Height => Y1 - Y0;

    /// <summary>Fraction of the image's area.</summary>
    public double Area => Width * Height;
}
