namespace Pipeline.Imaging.Codecs;

/// <summary>Sample types of libvips; only the ones this codec tells apart.</summary>
internal enum VipsBandFormat
{
    Byte = 0,
    UInt16 = 2,
}

/// <summary>What the bands of a libvips image mean; only the ones this codec tells apart.</summary>
internal enum VipsInterpretation
{
    Multiband = 0,
    BlackWhite = 1,
    Lab = 13,
    Cmyk = 15,
    Rgb = 17,
    LabS = 21,
    Srgb = 22,
    Rgb16 = 25,
    Grey16 = 26,
}
