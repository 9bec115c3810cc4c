using System.Text;

namespace Pipeline.Storage;

/// <summary>Keys of objects as the pipeline uses them: relative paths that mean the same in a folder and in a bucket, and never leave either.</summary>
public static class ObjectKeys
{
    /// <summary>Longest key in bytes of UTF-8: S3's limit.</summary>
    public const int MaxBytes = 1024;

    private const int ShownChars = 100;

    /// <summary>What is wrong with a key; null when nothing is.</summary>
    public static string? Problem(string key)
    {
        if (key.Length == 0)
        {
            return "the key is empty";
        }

        if (key.Length > MaxBytes || Encoding.UTF8.GetByteCount(key) > MaxBytes)
        {
            return $"the key is longer than {MaxBytes} bytes";
        }

        if (key.Any(char.IsControl))
        {
            return "the key has control characters";
        }

        if (key.Contains('\\', StringComparison.Ordinal))
        {
            return "the key has a backslash";
        }

        return key[0] == '/' ? "the key starts with a slash"
            : key.Split('/').Any(part => part is "" or "." or "..") ? "the key has an empty, '.' or '..' part"
            : null;
    }

    /// <summary>The key itself, or an <see cref="ArgumentException"/> for one that could leave its place.</summary>
    public static string Require(string key) => Problem(key) is { } problem ? throw new ArgumentException($"'{Shown(key)}' cannot be used: {problem}", nameof(key)) : key;

    /// <summary>A key of unknown origin as a message may show it: short, without control characters.</summary>
    public static string Shown(string key)
    {
        string start = key.Length <= ShownChars ? key : key[..ShownChars] + "...";
        return string.Concat(start.Select(c => char.IsControl(c) ? '?' : c));
    }
}
