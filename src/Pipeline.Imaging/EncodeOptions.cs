namespace Pipeline.Imaging;

/// <summary>How a picture is written. Equal pixels and options give equal bytes with one engine version; no metadata is written but <see cref="Text"/>.</summary>
public sealed record EncodeOptions
{
    /// <summary>PNG with the defaults.</summary>
    public static EncodeOptions Png { get; } = new();

    /// <summary>JPEG, PNG or WebP; default PNG.</summary>
    public ImageFormat Format { get; init; } = ImageFormat.Png;

    /// <summary>JPEG and lossy WebP quality, 1..100; default 95. From 90 on JPEG keeps full colour resolution (4:4:4).</summary>
    public int Quality { get; init; } = 95;

    /// <summary>WebP only: store the pixels exactly; default false.</summary>
    public bool Lossless { get; init; }

    /// <summary>PNG only: zlib effort, 0..9; default 6.</summary>
    public int Compression { get; init; } = 6;

    /// <summary>
    /// PNG only: keyword to text, written as iTXt chunks (UTF-8) in ordinal order of the keywords; the recipe of an edit travels here.
    /// Keywords are 1..79 Latin letters, digits, spaces or punctuation. JPEG and WebP carry no text.
    /// </summary>
    public IReadOnlyDictionary<string, string> Text { get; init; } = new Dictionary<string, string>();
}
