namespace Pipeline.Training.World;

/// <summary>The paint of a shape: one colour, or a pattern of two whose origin moves with the object.</summary>
internal readonly record struct Fill(Rgb Colour, Rgb Second, Surface Surface, float OriginX, float OriginY)
{
    // Wide enough to survive an autoencoder with a quarter of the resolution.
    private const float Period = 5, StripeHalf = 1.1f, DotRadius = 1.45f;

    public static implicit operator Fill(Rgb colour) => new(colour, colour, Surface.Plain, 0, 0);

    /// <summary>Colour at a pixel's centre, anti-aliased over one pixel.</summary>
    public Rgb At(float x, float y)
    {
        if (Surface == Surface.Plain)
        {
            return Colour;
        }

        float row = MathF.Round((y - OriginY) / Period);
        float shift = Surface == Surface.Dotted && (int)row % 2 != 0 ? Period / 2 : 0;
        float u = x - OriginX - shift;
        u -= MathF.Round(u / Period) * Period;
        float v = y - OriginY - (row * Period);
        float distance = Surface == Surface.Striped ? MathF.Abs(u) - StripeHalf : MathF.Sqrt((u * u) + (v * v)) - DotRadius;
        return Colour.Towards(Second, Math.Clamp(0.5f - distance, 0, 1));
    }
}
