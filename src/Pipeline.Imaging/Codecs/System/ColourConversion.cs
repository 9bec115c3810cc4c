namespace Pipeline.Imaging.Codecs;

/// <summary>Anything libvips loads, as sRGB or grey samples of 8 or 16 bits.</summary>
internal static class ColourConversion
{
    /// <summary>The image itself where it already is sRGB or grey without a foreign profile, else a converted one. The caller disposes the result and <paramref name="image"/>.</summary>
    /// <exception cref="ImageFormatException">The samples are of a kind that has no meaning as colours.</exception>
    internal static VipsImage ToSrgb(VipsImage image, string name)
    {
        if (image.Interpretation is VipsInterpretation.Lab or VipsInterpretation.LabS)
        {
            return new VipsOperation("colourspace").With("in", image).With("space", "srgb").RunForImage();
        }

        if (image.Format is not (VipsBandFormat.Byte or VipsBandFormat.UInt16))
        {
            throw ImageFormatException.Of(ImageErrorKind.Unsupported, name, "samples that are neither 8 nor 16 bit", "convert it to an 8-bit picture");
        }

        bool cmyk = image.Interpretation == VipsInterpretation.Cmyk;
        IccProfile? profile = image.Blob("icc-profile-data") is { } data ? IccProfile.Parse(data) : null;
        int colours = cmyk ? 4 : image.Bands <= 2 ? 1 : 3;
        if (profile is not null && !profile.IsSrgb && profile.Bands == colours && TryApplyProfile(image) is { } converted)
        {
            return converted;
        }

        if (cmyk)
        {
            // No usable profile: libvips carries a common press profile for this.
            return new VipsOperation("icc_transform").With("in", image).With("input_profile", "cmyk").With("output_profile", "srgb").RunForImage();
        }

        return image.Interpretation is VipsInterpretation.Srgb or VipsInterpretation.Rgb or VipsInterpretation.Rgb16 or VipsInterpretation.BlackWhite or VipsInterpretation.Grey16
            or VipsInterpretation.Multiband
            ? new VipsOperation("copy").With("in", image).RunForImage()
            : new VipsOperation("colourspace").With("in", image).With("space", "srgb").RunForImage();
    }

    /// <summary>Null where the colour engine refuses the profile: the picture is then read as if it had none, as viewers do.</summary>
    private static VipsImage? TryApplyProfile(VipsImage image)
    {
        try
        {
            return new VipsOperation("icc_transform").With("in", image).With("embedded", "true").With("output_profile", "srgb").With("intent", "relative").RunForImage();
        }
        catch (VipsException)
        {
            return null;
        }
    }
}
