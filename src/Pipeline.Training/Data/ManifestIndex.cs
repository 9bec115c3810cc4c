using System.Buffers.Binary;
using System.Security.Cryptography;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Data;

/// <summary>Where the lines of a manifest begin, apart for training and held out: eight bytes a line in memory, whatever the lines hold.</summary>
/// <param name="Training">Offsets of training lines, in the file's order.</param>
/// <param name="HeldOut">Offsets of held-out lines.</param>
/// <param name="Digest">Of the manifest and, where they decided the split, of the pictures.</param>
internal sealed record ManifestIndex(long[] Training, long[] HeldOut, string Digest)
{
    private const int LongestLine = 1 << 20;

    /// <summary>Reads a manifest once. Lines without <c>split</c> go by their <c>sha256</c>, or else by the digest of their file, so that copies of a picture are all on one side.</summary>
    /// <param name="path">The manifest.</param>
    /// <param name="options">Share that is held out.</param>
    /// <param name="needs">What every line must have.</param>
    /// <param name="broken">Told of files that cannot be read; they are left out.</param>
    /// <exception cref="TrainingException">A line cannot be read, or one of the sides is empty.</exception>
    public static ManifestIndex Build(string path, ManifestOptions options, ManifestNeeds needs, BrokenPictures broken)
    {
        List<long> training = [], heldOut = [];
        using IncrementalHash content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        content.AppendData(SHA256Of(path));
        content.AppendData(BitConverter.GetBytes(options.HeldOutShare));
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Lowest lowest = new();
        long number = 0;
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in Lines(path))
        {
            string place = $"{path}:{++number}";
            if (bytes.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            ManifestLine line = ManifestLine.Parse(bytes, place);
            Require(needs, line, bytes, place);

            if (line.IsHeldOut is null && options.HeldOutShare > 0)
            {
                if (DigestOf(line, folder, broken) is { } digest)
                {
                    content.AppendData(digest);
                    bool isLow = BinaryPrimitives.ReadUInt64BigEndian(digest) < options.HeldOutShare * 18446744073709551616.0;
                    (isLow ? heldOut : training).Add(offset);
                    lowest.See(digest, offset);
                }
            }
            else
            {
                (line.IsHeldOut == true ? heldOut : training).Add(offset);
            }
        }

        if (heldOut.Count == 0)
        {
            // A small set may have none below the share: then the lowest of all, with its copies.
            heldOut.AddRange(lowest.Offsets);
            training.RemoveAll(lowest.Offsets.Contains);
        }

        return training.Count == 0 || heldOut.Count == 0
            ? throw new TrainingException($"{path}: {training.Count} lines to train on and {heldOut.Count} held out: both sides need one at least: set data.pictures.heldOutShare, or give lines a 'split'")
            : new ManifestIndex([.. training], [.. heldOut], Convert.ToHexStringLower(content.GetHashAndReset()));
    }

    /// <summary>Bytes of the line that begins at an offset; on any thread.</summary>
    public static ReadOnlyMemory<byte> ReadLine(Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset)
    {
        for (int size = 2_048; ; size *= 4)
        {
            byte[] buffer = new byte[Math.Min(size, LongestLine)];
            int read = RandomAccess.Read(file, buffer, offset), end = buffer.AsSpan(0, read).IndexOf((byte)'\n');
            if (end >= 0 || read < buffer.Length || buffer.Length == LongestLine)
            {
                return buffer.AsMemory(0, end >= 0 ? end : read);
            }
        }
    }

    private static void Require(ManifestNeeds needs, ManifestLine line, ReadOnlyMemory<byte> bytes, string place)
    {
        if (needs == ManifestNeeds.Caption && line.Captions.Count == 0)
        {
            throw new TrainingException($"{place}: has no caption: this trainer needs 'caption', 'captions' or 'text' in every line");
        }

        if (needs == ManifestNeeds.Annotation)
        {
            _ = MoodAnnotation.Parse(bytes, place);
        }
    }

    /// <summary>The digest of a picture's file; null when it cannot be read.</summary>
    private static byte[]? DigestOf(ManifestLine line, string folder, BrokenPictures broken)
    {
        try
        {
            return line.Sha256 is { } given ? Convert.FromHexString(given) : SHA256Of(Path.Combine(folder, line.Image));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            broken.Add(line.Image, error.Message);
            return null;
        }
    }

    /// <summary>The pictures of the lowest digest so far.</summary>
    private sealed class Lowest
    {
        private byte[]? _digest;

        public HashSet<long> Offsets { get; } = [];

        public void See(byte[] digest, long offset)
        {
            int order = _digest is null ? -1 : digest.AsSpan().SequenceCompareTo(_digest);
            if (order < 0)
            {
                _digest = digest;
                Offsets.Clear();
            }

            if (order <= 0)
            {
                Offsets.Add(offset);
            }
        }
    }

    private static byte[] SHA256Of(string path)
    {
        using FileStream stream = PictureFile.Open(path);
        return SHA256.HashData(stream);
    }

    private static IEnumerable<(long Offset, ReadOnlyMemory<byte> Line)> Lines(string path)
    {
        using FileStream stream = PictureFile.Open(path);
        byte[] buffer = new byte[LongestLine];
        long start = 0;                                     // offset in the file of what the buffer begins with
        for (int held = 0; ;)
        {
            int read = stream.ReadAtLeast(buffer.AsSpan(held), buffer.Length - held, throwOnEndOfStream: false), from = 0;
            held += read;
            from = start == 0 && buffer.AsSpan(0, held).StartsWith("\uFEFF"u8) ? 3 : 0;
            for (int end; (end = buffer.AsSpan(from, held - from).IndexOf((byte)'\n')) >= 0; from += end + 1)
            {
                yield return (start + from, buffer.AsMemory(from, end));
            }

            if (held < buffer.Length)
            {
                if (held > from)
                {
                    yield return (start + from, buffer.AsMemory(from, held - from));
                }

                yield break;
            }

            if (from == 0)
            {
                throw new TrainingException($"{path}: the line at byte {start} is longer than {LongestLine} bytes: not a manifest of pictures");
            }

            buffer.AsSpan(from, held - from).CopyTo(buffer);
            (start, held) = (start + from, held - from);
        }
    }
}
