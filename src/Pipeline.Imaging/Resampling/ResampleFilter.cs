namespace Pipeline.Imaging.Resampling;

/// <summary>Resampling filters with the numbers that Pillow and <c>preprocessor_config.json</c> ("resample") give them.</summary>
public enum ResampleFilter
{
    /// <summary>One source pixel, no filtering.</summary>
    Nearest = 0,

    /// <summary>Windowed sinc over three lobes.</summary>
    Lanczos = 1,

    /// <summary>Triangle of half width 1.</summary>
    Bilinear = 2,

    /// <summary>Cubic convolution of half width 2 with a = -0.5 (torch's interpolate uses -0.75).</summary>
    Bicubic = 3,

    /// <summary>Mean of half width 0.5.</summary>
    Box = 4,

    /// <summary>Hamming-windowed sinc of half width 1.</summary>
    Hamming = 5,
}
