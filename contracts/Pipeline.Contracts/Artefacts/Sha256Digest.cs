using System.Security.Cryptography;

namespace Pipeline.Contracts.Artefacts;

/// <summary>SHA-256 digests in the one spelling used everywhere: 64 lower-case hexadecimal digits.</summary>
public static class Sha256Digest
{
    /// <summary>Number of characters of a digest.</summary>
    public const int Length = 64;

    /// <summary>Digest of some bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Whether the text is a digest: exactly 64 lower-case hexadecimal digits.</summary>
    public static bool IsValid(string? text)
    {
        if (text is not { Length: Length })
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The digest itself, or an <see cref="ArgumentException"/> for anything that is not one. Digests become paths, so nothing else may pass.</summary>
    public static string Require(string? text, string what = "digest") =>
        IsValid(text) ? text! : throw new ArgumentException($"{what} must be 64 lower-case hexadecimal digits, got '{Shorten(text)}'");

    private static string Shorten(string? text) => text is null ? "null" : text.Length <= 80 ? text : text[..80] + "...";
}
