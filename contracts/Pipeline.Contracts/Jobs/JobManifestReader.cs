using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Contracts.Errors;

namespace Pipeline.Contracts.Jobs;

/// <summary>
/// Reads a job manifest (JSON lines) as a stream: memory does not grow with the file, except for the check of duplicates where that is wanted.
/// A bad line is reported with its number and does not stop the rest.
/// </summary>
public static class JobManifestReader
{
    private const int MaxDuplicates = 10;

    /// <summary>Reads all lines; blank lines and lines starting with <c>#</c> are skipped.</summary>
    /// <param name="manifest">UTF-8 text, with or without a byte order mark. Not disposed.</param>
    public static async IAsyncEnumerable<ManifestLine> ReadAsync(
        Stream manifest, ManifestReadOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        options ??= new ManifestReadOptions();
        var parser = new JobLineParser(options);
        var seen = new Dictionary<UInt128, int>();
        await foreach ((int number, byte[]? bytes) in LineSplitter.SplitAsync(manifest, options.MaxLineBytes, cancellation).ConfigureAwait(false))
        {
            if (bytes is null)
            {
                string message = $"the line is longer than {options.MaxLineBytes} bytes";
                yield return new ManifestLine(number, null, [new ManifestError(number, ErrorCodes.ManifestLineTooLong, message)]);
                continue;
            }

            if (IsSkipped(bytes))
            {
                continue;
            }

            ManifestLine line = parser.Parse(number, bytes);
            if (options.FindDuplicates && line.Value is { } value && Duplicates(seen, number, value, options) is { Count: > 0 } errors)
            {
                line = new ManifestLine(number, null, errors);
            }

            yield return line;
        }
    }

    private static bool IsSkipped(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = bytes.Trim(" \t\r"u8);
        return text.IsEmpty || text[0] == (byte)'#';
    }

    /// <summary>The edits of a line: equal ones are asked for twice. Each with its words for a message.</summary>
    public static IEnumerable<(UInt128 Identity, string Edit)> Identities(JobLine line, ManifestReadOptions options)
    {
        int variants = line.NumVariants ?? options.DefaultVariants;
        foreach (EmotionRequest request in line.Emotions)
        {
            string emotion = (options.EmotionIdentity ?? DefaultIdentity)(request.Emotion);
            for (int variant = 0; variant < variants; variant++)
            {
                yield return (Key(line.Id, emotion, variant), $"(id '{line.Id}', emotion '{request.Emotion}', variant {variant})");
            }
        }
    }

    /// <summary>The error of an edit that is asked for again.</summary>
    /// <param name="number">Line.</param>
    /// <param name="edit">The edit, as <see cref="Identities"/> words it.</param>
    /// <param name="first">Line that asks for it first.</param>
    public static ManifestError Duplicate(int number, string edit, int first) =>
        new(number, ErrorCodes.ManifestDuplicate, $"{edit} is {(first == number ? "twice in this line" : $"already in line {first}")}");

    private static List<ManifestError> Duplicates(Dictionary<UInt128, int> seen, int number, JobLine line, ManifestReadOptions options)
    {
        var errors = new List<ManifestError>();
        foreach ((UInt128 identity, string edit) in Identities(line, options))
        {
            if (!seen.TryAdd(identity, number) && errors.Count < MaxDuplicates)
            {
                errors.Add(Duplicate(number, edit, seen[identity]));
            }
        }

        return errors;
    }

    private static string DefaultIdentity(string emotion) => emotion.Trim().ToLowerInvariant();

    // 128 bits of SHA-256: for 10^8 edits the chance of a false duplicate is below 10^-22.
    private static UInt128 Key(string id, string emotion, int variant)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{id}\0{emotion}\0{variant}"), hash);
        return new UInt128(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
    }
}
