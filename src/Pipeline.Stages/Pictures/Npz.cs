using System.IO.Compression;
using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Pictures;

/// <summary>Several named arrays as NumPy's <c>.npz</c>: a ZIP archive of <see cref="Npy"/> files, stored without compression. Equal arrays give equal bytes; arrays of half-precision numbers take two bytes a value.</summary>
public static class Npz
{
    /// <summary>Media type of these files.</summary>
    public const string MediaType = "application/x-npz";

    private const int MaxEntries = 4096;
    private const string Extension = ".npy";
    private static readonly DateTimeOffset Always = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the oldest time a ZIP can say

    /// <summary>The file of arrays.</summary>
    /// <param name="arrays">Names of letters, digits, dot, hyphen and underscore, with values and shapes.</param>
    public static byte[] Write(IEnumerable<(string Name, float[] Values, long[] Shape)> arrays)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, float[] values, long[] shape) in arrays.OrderBy(a => a.Name, StringComparer.Ordinal))
            {
                ZipArchiveEntry entry = archive.CreateEntry(Valid(name) + Extension, CompressionLevel.NoCompression);
                entry.LastWriteTime = Always;
                using Stream stream = entry.Open();
                stream.Write(Npy.Write(values, shape, compact: true));
            }
        }

        return buffer.ToArray();
    }

    /// <summary>The arrays of a file.</summary>
    /// <exception cref="PipelineException">The bytes are not such a file, or it unpacks to more than its own size.</exception>
    public static IReadOnlyList<(string Name, float[] Values, long[] Shape)> Read(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            using var archive = new ZipArchive(new MemoryStream(file, writable: false), ZipArchiveMode.Read);
            if (archive.Entries.Count > MaxEntries || archive.Entries.Sum(e => e.Length) > file.Length)
            {
                throw Wrong("it has too many entries, or compressed ones");
            }

            var arrays = new List<(string, float[], long[])>();
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                byte[] bytes = new byte[entry.Length];
                using Stream stream = entry.Open();
                stream.ReadExactly(bytes);
                (float[] values, long[] shape) = Npy.Read(bytes);
                arrays.Add((entry.FullName.EndsWith(Extension, StringComparison.Ordinal) ? entry.FullName[..^Extension.Length] : entry.FullName, values, shape));
            }

            return arrays;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Wrong(e.Message);
        }
    }

    private static string Valid(string name) => name.Length is > 0 and <= 200 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
        ? name
        : throw new ArgumentException($"'{name}' cannot name an array in a file", nameof(name));

    private static PipelineException Wrong(string why) => new(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"a stored set of arrays is not an npz file of this program: {why}");
}
