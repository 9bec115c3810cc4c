namespace Pipeline.Training.World;

/// <summary>A colour, components 0..1.</summary>
public readonly record struct Rgb(float R, float G, float B)
{
    /// <summary>From the usual hexadecimal number 0xRRGGBB.</summary>
    public static Rgb Hex(int value) => new(((value >> 16) & 255) / 255f, ((value >> 8) & 255) / 255f, (value & 255) / 255f);

    /// <summary>Each component multiplied.</summary>
    public Rgb Times(float factor) => new(Math.Min(R * factor, 1), Math.Min(G * factor, 1), Math.Min(B * factor, 1));

    /// <summary>This colour at 0, the other at 1.</summary>
    public Rgb Towards(Rgb other, float share) => new(R + ((other.R - R) * share), G + ((other.G - G) * share), B + ((other.B - B) * share));
}
