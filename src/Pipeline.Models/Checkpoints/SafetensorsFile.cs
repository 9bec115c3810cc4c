using System.Runtime.InteropServices;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// A safetensors file, opened read-only: its header is checked once, its data is mapped and read on demand. Not thread-safe while being disposed.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        File = file;
        _header = header;
    }

    /// <summary>The file.</summary>
    public string Path => File.Path;

    /// <summary>Bytes of the file.</summary>
    public long Length => File.Length;

    /// <summary>Keys in the order of their data.</summary>
    public IReadOnlyList<string> Names => _header.Names;

    /// <summary>The <c>__metadata__</c> string map; empty when absent.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    internal MappedFile File { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="ModelFormatException">The file cannot be read or is not a sound safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            int length = SafetensorsHeader.ReadLength(file.Span(0, (int)Math.Min(8, file.Length)), file.Length, path);
            SafetensorsHeader header = SafetensorsHeader.Parse(file.Span(8, length), 8 + length, file.Length, path);
            return new SafetensorsFile(file, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>True when the file has the key.</summary>
    public bool Contains(string name) => _header.ByName.ContainsKey(name);

    /// <summary>Type, shape and place of a tensor.</summary>
    /// <exception cref="ModelFormatException">The file has no such key.</exception>
    public SafetensorInfo Info(string name) => _header.ByName.TryGetValue(name, out SafetensorInfo? info)
        ? info
        : throw new ModelFormatException($"{Path}: has no tensor '{name}'");

    /// <summary>All bytes of a tensor of less than 2 GiB; valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        SafetensorInfo info = Info(name);
        return info.ByteLength <= int.MaxValue
            ? File.Span(info.Offset, (int)info.ByteLength)
            : throw new ModelFormatException($"{Path}: tensor {name} of {info.ByteLength} bytes is too large to be read at once");
    }

    /// <summary>The elements of a tensor of any type as doubles, row-major; true is 1. For comparisons and small tables, not for weights.</summary>
    public double[] ReadDoubles(string name)
    {
        SafetensorInfo info = Info(name);
        ReadOnlySpan<byte> bytes = Bytes(name);
        double[] values = new double[info.Count];
        int size = info.Type.Size();
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> at = bytes.Slice(i * size, size);
            values[i] = info.Type switch
            {
                SafetensorType.Bool => at[0] == 0 ? 0 : 1,
                SafetensorType.U8 => at[0],
                SafetensorType.I8 => (sbyte)at[0],
                SafetensorType.I16 => MemoryMarshal.Read<short>(at),
                SafetensorType.I32 => MemoryMarshal.Read<int>(at),
                SafetensorType.I64 => MemoryMarshal.Read<long>(at),
                SafetensorType.F16 => (double)MemoryMarshal.Read<Half>(at),
                SafetensorType.BF16 => BitConverter.Int32BitsToSingle(MemoryMarshal.Read<ushort>(at) << 16),
                SafetensorType.F32 => MemoryMarshal.Read<float>(at),
                _ => MemoryMarshal.Read<double>(at),
            };
        }

        return values;
    }

    /// <inheritdoc />
    public void Dispose() => File.Dispose();
}
