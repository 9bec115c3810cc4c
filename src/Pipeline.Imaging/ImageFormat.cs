namespace Pipeline.Imaging;

/// <summary>The file formats that are read; JPEG, PNG and WebP are also written.</summary>
public enum ImageFormat
{
    /// <summary>Baseline and progressive JPEG.</summary>
    Jpeg,

    /// <summary>PNG of every colour type and depth.</summary>
    Png,

    /// <summary>Lossy, lossless or animated WebP (first frame).</summary>
    WebP,

    /// <summary>Classic and big TIFF (first page).</summary>
    Tiff,

    /// <summary>Windows and OS/2 bitmaps.</summary>
    Bmp,

    /// <summary>GIF (first frame).</summary>
    Gif,
}
