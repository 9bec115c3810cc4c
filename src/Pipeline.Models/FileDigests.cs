using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Pipeline.Models;

/// <summary>SHA-256 of files, remembered in this process while size and time of change stay the same: a checkpoint of gigabytes is read once.</summary>
public static class FileDigests
{
    private static readonly ConcurrentDictionary<string, (long Length, DateTime Changed, string Digest)> s_known = new(StringComparer.Ordinal);

    /// <summary>The digest in lower-case hexadecimal.</summary>
    /// <exception cref="ModelFormatException">The file cannot be read.</exception>
    public static string Sha256(string path)
    {
        try
        {
            FileInfo info = new(Path.GetFullPath(path));
            if (s_known.TryGetValue(info.FullName, out (long Length, DateTime Changed, string Digest) known)
                && known.Length == info.Length && known.Changed == info.LastWriteTimeUtc)
            {
                return known.Digest;
            }

            using FileStream stream = new(info.FullName, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 1 << 20 });
            string digest = Convert.ToHexStringLower(SHA256.HashData(stream));
            s_known[info.FullName] = (info.Length, info.LastWriteTimeUtc, digest);
            return digest;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot be read: {error.Message}", error);
        }
    }
}
