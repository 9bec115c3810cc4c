namespace Pipeline.Methods.Prompting;

/// <summary>The scale in which an answer gave its boxes.</summary>
public enum BoxUnit
{
    /// <summary>The stimulus has no box.</summary>
    None,

    /// <summary>Fractions of the image.</summary>
    Unit,

    /// <summary>0 to 100.</summary>
    Percent,

    /// <summary>0 to 1000.</summary>
    PerMille,

    /// <summary>Pixels of the original image.</summary>
    Pixels,
}
