using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// Writes safetensors files: larger element types first, then by name, header padded to 8 bytes, so that every tensor is aligned. A file appears
/// under its name only when it is complete.
/// </summary>
public static class SafetensorsWriter
{
    private const long BlockElements = 1 << 22;

    /// <summary>Writes tensors of any device; they stay the caller's.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="tensors">Names and values.</param>
    /// <param name="metadata">The <c>__metadata__</c> map; omitted when null or empty.</param>
    /// <exception cref="ArgumentException">A name is used twice, or a type has no name in the format.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, [.. tensors.Select(t => new Item(t.Name, t.Value.shape, t.Value.dtype, () => t.Value.alias()))], metadata);

    /// <summary>Writes tensors that are made one at a time, when their turn comes, and disposed when they are written.</summary>
    internal static void Write(string path, IReadOnlyList<Item> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        (Item Tensor, SafetensorType Type)[] ordered =
        [
            .. tensors.Select(t => (Tensor: t, Type: TypeOf(t.Type, t.Name)))
                .OrderByDescending(t => t.Type.Size()).ThenBy(t => t.Tensor.Name, StringComparer.Ordinal),
        ];
        byte[] header = Header(ordered, metadata);
        string temporary = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
                stream.Write(length);
                stream.Write(header);
                foreach ((Item item, _) in ordered)
                {
                    using Tensor value = item.Make();
                    WriteData(stream, value);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static byte[] Header((Item Tensor, SafetensorType Type)[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            HashSet<string> names = new(StringComparer.Ordinal) { "__metadata__" };
            long position = 0;
            foreach ((Item tensor, SafetensorType type) in tensors)
            {
                string name = tensor.Name;
                if (!names.Add(name))
                {
                    throw new ArgumentException($"tensor name '{name}' is used twice or reserved", nameof(tensors));
                }

                json.WriteStartObject(name);
                json.WriteString("dtype", type.FormatName());
                WriteNumbers(json, "shape", tensor.Shape);
                long end = position + (tensor.Shape.Aggregate(1L, (product, size) => product * size) * type.Size());
                WriteNumbers(json, "data_offsets", [position, end]);
                json.WriteEndObject();
                position = end;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteData(FileStream stream, Tensor value)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = value.detach().cpu().contiguous().view(-1);
        long count = flat.numel();
        for (long start = 0; start < count; start += BlockElements)
        {
            using Tensor block = flat.narrow(0, start, Math.Min(BlockElements, count - start));
            stream.Write(block.bytes);
        }
    }

    private static SafetensorType TypeOf(ScalarType type, string name)
    {
        foreach (SafetensorType candidate in Enum.GetValues<SafetensorType>())
        {
            if (TensorReader.ScalarTypeOf(candidate) == type)
            {
                return candidate;
            }
        }

        throw new ArgumentException($"tensor {name} is {type}, which the format cannot hold", nameof(type));
    }

    /// <summary>A tensor to be written.</summary>
    /// <param name="Name">Its key.</param>
    /// <param name="Shape">Its shape.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="Make">Makes it; the writer disposes it.</param>
    internal sealed record Item(string Name, long[] Shape, ScalarType Type, Func<Tensor> Make);
}
