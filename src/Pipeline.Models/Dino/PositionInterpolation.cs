namespace Pipeline.Models.Dino;

/// <summary>How the position table is stretched to an input of another size than the native one. The two rules in use give different numbers.</summary>
public enum PositionInterpolation
{
    /// <summary>
    /// The original DINO code: bicubic with the scale factor (n + 0.1)/√N on each axis; the factor itself, not the ratio of sizes, maps coordinates.
    /// Parity with DINO and Splice needs this one.
    /// </summary>
    Offset01,

    /// <summary>The later library rule: bicubic to the exact output size.</summary>
    Size,
}
