namespace Pipeline.Imaging;

/// <summary>Why a file gives no picture. Every kind is permanent: the same bytes fail the same way again.</summary>
public enum ImageErrorKind
{
    /// <summary>The content has no signature of any picture format, whatever the file's name says.</summary>
    NotAnImage,

    /// <summary>The file ends before its picture does.</summary>
    Truncated,

    /// <summary>More bytes, pixels or a longer side than <see cref="DecodeLimits"/> allows.</summary>
    TooLarge,

    /// <summary>A side is shorter than <see cref="DecodeLimits.MinSide"/>.</summary>
    TooSmall,

    /// <summary>A picture of a kind that is not read here (format, sample type).</summary>
    Unsupported,

    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>The right signature, but the content is damaged.</summary>
    Unreadable,
}
