namespace Pipeline.Imaging;

/// <summary>A file that gives no picture. The message names the file, what is wrong with it and what to do.</summary>
public sealed class ImageFormatException(ImageErrorKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The reason as data, for error tables.</summary>
    public ImageErrorKind Kind { get; } = kind;

    internal static ImageFormatException Of(ImageErrorKind kind, string name, string what, string remedy, Exception? inner = null) =>
        new(kind, $"{name}: {what}; {remedy}", inner);

    internal static ImageFormatException Truncated(string name, string what) =>
        Of(ImageErrorKind.Truncated, name, "truncated, " + what, "copy or download the file again");

    internal static ImageFormatException Unreadable(string name, string what, Exception? inner = null) =>
        Of(ImageErrorKind.Unreadable, name, "damaged, " + what, "write the picture again with another program, or leave it out", inner);
}
