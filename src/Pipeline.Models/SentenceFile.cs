namespace Pipeline.Models;

/// <summary>A text file with one sentence a line. Untrusted: size and number of lines are limited.</summary>
public static class SentenceFile
{
    private const long MaxBytes = 16 << 20;
    private const int MaxSentences = 10_000;

    /// <summary>Whether there is such a file.</summary>
    public static bool Exists(string path) => File.Exists(path);

    /// <summary>The sentences, without blank lines.</summary>
    /// <exception cref="ModelFormatException">There is none, it is too large, or it holds too many.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        FileInfo info = new(path);
        if (!info.Exists || info.Length is 0 or > MaxBytes)
        {
            throw new ModelFormatException($"{path}: {(info.Exists ? $"{info.Length:N0} bytes" : "missing")}; wanted are sentences, one a line, at most {MaxBytes >> 20} MiB");
        }

        string[] lines = [.. File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0).Take(MaxSentences + 1)];
        return lines.Length is > 0 and <= MaxSentences ? lines : throw new ModelFormatException($"{path}: needs 1 to {MaxSentences:N0} sentences");
    }
}
