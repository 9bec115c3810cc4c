using System.Text;
using Pipeline.Contracts.Artefacts;

namespace Pipeline.Stages.Collecting;

/// <summary>Names of files for names of pictures: different names stay different, and nothing leaves the folder.</summary>
public static class FileNames
{
    private const int MaxLength = 120;

    /// <summary>
    /// Letters, digits, dash, underscore and dots that are not first stay; everything else becomes <c>%XX</c> of its UTF-8 bytes. Names over 120 characters keep their start and
    /// end with a part of their digest.
    /// </summary>
    public static string Encode(string name)
    {
        var encoded = new StringBuilder(name.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            char c = (char)b;
            bool plain = char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (c == '.' && encoded.Length > 0);
            _ = plain ? encoded.Append(c) : encoded.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        // '~' is never produced above, so a shortened name cannot meet a whole one.
        return encoded.Length <= MaxLength ? encoded.ToString() : $"{encoded.ToString(0, MaxLength - 20)}~{Sha256Digest.Of(Encoding.UTF8.GetBytes(name))[..16]}";
    }

    /// <summary>Extension of a stored picture.</summary>
    public static string Extension(string mediaType) => mediaType switch
    {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/webp" => ".webp",
        "application/json" => ".json",
        _ => ".bin",
    };
}
