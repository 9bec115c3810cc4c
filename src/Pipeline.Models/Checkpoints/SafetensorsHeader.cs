using System.Buffers.Binary;
using System.Text.Json;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// The header of a safetensors file: 8 bytes little-endian length, then that many bytes of JSON. Everything in it is untrusted; what leaves
/// <see cref="Parse"/> is checked: types known, sizes consistent, every byte of the data part owned by exactly one tensor.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>Largest header accepted, in bytes; the reference implementation has the same limit.</summary>
    public const int MaximumLength = 100_000_000;

    /// <summary>Most dimensions of a tensor.</summary>
    public const int MaximumRank = 16;

    private const string MetadataKey = "__metadata__";

    private SafetensorsHeader(Dictionary<string, SafetensorInfo> tensors, Dictionary<string, string> metadata)
    {
        Metadata = metadata;
        ByName = tensors;
        Names = [.. tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.Name, StringComparer.Ordinal).Select(t => t.Name)];
    }

    /// <summary>Keys in the order of their data.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The <c>__metadata__</c> string map; empty when absent.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    internal Dictionary<string, SafetensorInfo> ByName { get; }

    /// <summary>Length of the JSON part from the first 8 bytes of a file of <paramref name="fileLength"/> bytes.</summary>
    /// <exception cref="ModelFormatException">The length is not possible.</exception>
    public static int ReadLength(ReadOnlySpan<byte> prefix, long fileLength, string path)
    {
        if (prefix.Length < 8 || fileLength < 8)
        {
            throw new ModelFormatException($"{path}: {fileLength} bytes is too short for a safetensors file; download it again");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaximumLength || length > (ulong)(fileLength - 8))
        {
            throw new ModelFormatException(
                $"{path}: the header claims {length} bytes, the file has {fileLength} (limit {MaximumLength}): not a safetensors file, or cut off");
        }

        return (int)length;
    }

    /// <summary>Reads and checks the JSON part.</summary>
    /// <param name="json">UTF-8 JSON, possibly ending in spaces.</param>
    /// <param name="dataStart">Position of the first data byte in the file.</param>
    /// <param name="fileLength">Bytes of the file.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="ModelFormatException">The header is malformed or does not fit the file.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataStart, long fileLength, string path)
    {
        Dictionary<string, SafetensorInfo> tensors = new(StringComparer.Ordinal);
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 8 });
            Expect(ref reader, JsonTokenType.StartObject, path);
            bool hasMetadata = false;
            while (Next(ref reader) == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (name == MetadataKey)
                {
                    if (hasMetadata)
                    {
                        throw new ModelFormatException($"{path}: {MetadataKey} appears twice in the header");
                    }

                    hasMetadata = true;
                    ReadMetadata(ref reader, metadata, path);
                }
                else if (!tensors.TryAdd(name, ReadTensor(ref reader, name, dataStart, fileLength, path)))
                {
                    throw new ModelFormatException($"{path}: tensor {name} appears twice in the header");
                }
            }

            if (reader.Read())
            {
                throw new ModelFormatException($"{path}: text after the header object");
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // GetString throws InvalidOperationException on invalid UTF-8 and on lone surrogate escapes.
            throw new ModelFormatException($"{path}: the safetensors header is not valid JSON: {error.Message}", error);
        }

        CheckCoverage(tensors.Values, dataStart, fileLength, path);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, string path)
    {
        Expect(ref reader, JsonTokenType.StartObject, path);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, path);
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw new ModelFormatException($"{path}: {MetadataKey}.{key} appears twice");
            }
        }
    }

    private static SafetensorInfo ReadTensor(ref Utf8JsonReader reader, string name, long dataStart, long fileLength, string path)
    {
        SafetensorType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, path);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, path);
                    string typeName = reader.GetString()!;
                    type = SafetensorTypes.TryParse(typeName, out SafetensorType known)
                        ? known
                        : throw new ModelFormatException($"{path}: tensor {name} has the unknown type '{Shorten(typeName)}'");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, key, path);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, key, path);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw new ModelFormatException($"{path}: tensor {name} has {key} twice");
                default:
                    throw new ModelFormatException($"{path}: tensor {name} has the unknown entry '{Shorten(key)}'");
            }
        }

        if (type is not { } elementType || shape is null || offsets is not [long begin, long end])
        {
            throw new ModelFormatException($"{path}: tensor {name} needs dtype, shape and two data_offsets");
        }

        long dataLength = fileLength - dataStart;
        if (begin > end || end > dataLength)
        {
            throw new ModelFormatException($"{path}: tensor {name} lies at {begin}..{end} of {dataLength} data bytes: the file is cut off or damaged");
        }

        if (ByteLength(shape, elementType.Size()) != end - begin)
        {
            throw new ModelFormatException(
                $"{path}: tensor {name} {elementType.FormatName()} [{string.Join(", ", shape)}] does not fill its {end - begin} bytes");
        }

        return new SafetensorInfo(name, elementType, shape, dataStart + begin, end - begin);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string name, string key, string path)
    {
        List<long> numbers = [];
        Expect(ref reader, JsonTokenType.StartArray, path);
        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0 || numbers.Count == MaximumRank)
            {
                throw new ModelFormatException($"{path}: {key} of tensor {name} must be at most {MaximumRank} whole numbers from 0");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>Bytes of a tensor, or -1 when the product does not fit 64 bits.</summary>
    private static long ByteLength(long[] shape, int elementSize)
    {
        if (Array.IndexOf(shape, 0) >= 0)
        {
            return 0;
        }

        UInt128 bytes = (UInt128)elementSize;
        foreach (long size in shape)
        {
            bytes *= (UInt128)size;
            if (bytes > long.MaxValue)
            {
                return -1;
            }
        }

        return (long)bytes;
    }

    /// <summary>No overlap, no hole, no tail: a byte that no tensor owns has no business in a weight file.</summary>
    private static void CheckCoverage(IEnumerable<SafetensorInfo> tensors, long dataStart, long fileLength, string path)
    {
        long position = dataStart;
        foreach (SafetensorInfo tensor in tensors.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength))
        {
            if (tensor.Offset != position)
            {
                string what = tensor.Offset < position ? "overlaps the tensor before it" : "leaves a gap before it";
                throw new ModelFormatException($"{path}: tensor {tensor.Name} {what} (data byte {tensor.Offset - dataStart}, expected {position - dataStart})");
            }

            position += tensor.ByteLength;
        }

        if (position != fileLength)
        {
            throw new ModelFormatException($"{path}: {fileLength - position} bytes after the last tensor belong to nothing");
        }
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) => reader.Read() ? reader.TokenType : JsonTokenType.None;

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string path)
    {
        if (Next(ref reader) != type)
        {
            throw new ModelFormatException($"{path}: safetensors header: expected {type} at byte {reader.TokenStartIndex}, found {reader.TokenType}");
        }
    }

    private static string Shorten(string text) => text.Length <= 32 ? text : text[..32] + "…";
}
