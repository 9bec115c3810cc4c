using System.Buffers.Binary;

namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>
/// A file of torch.save before 1.6, as many published backbones still are: five pickles one after the other (a magic number, the version 1001, facts about the machine, the object, the keys of
/// its storages) and then, for every key in that order, the number of elements and the elements.
/// </summary>
internal sealed class LegacyTorchFile : TorchFile
{
    private const int MaximumHead = 32 << 20;
    private const long Version = 1001;

    // The pickle of 0x1950a86a20f9469cfc6c, in protocol 2.
    private static readonly byte[] s_magic = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly Dictionary<string, (long Start, long Count)> _places;

    private LegacyTorchFile(string path, FileStream stream, IReadOnlyDictionary<string, PickledTensor> tensors, Dictionary<string, (long, long)> places) =>
        (_path, _stream, Tensors, _places) = (path, stream, tensors, places);

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, PickledTensor> Tensors { get; }

    /// <summary>Whether a file starts with the magic number.</summary>
    internal static bool IsOne(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[s_magic.Length];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(s_magic);
    }

    /// <summary>Opens a file and reads its pickles.</summary>
    /// <exception cref="ModelFormatException">Damaged, or holds more than tensors.</exception>
    internal static LegacyTorchFile OpenLegacy(string path)
    {
        FileStream stream = File.OpenRead(path);
        try
        {
            byte[] head = new byte[Math.Min(stream.Length, MaximumHead)];
            stream.ReadExactly(head);
            int position = s_magic.Length;
            if (PickleReader.Read(head, path, ref position) is not Version)
            {
                throw new ModelFormatException($"{path}: is a file of torch.save of an unknown version");
            }

            if (PickleReader.Read(head, path, ref position) is Dictionary<string, object?> machine && machine.TryGetValue("little_endian", out object? little) && little is false)
            {
                throw new ModelFormatException($"{path}: byte order big is not supported");
            }

            IReadOnlyDictionary<string, PickledTensor> tensors = Table(PickleReader.Read(head, path, ref position), path);
            List<object?> keys = PickleReader.Read(head, path, ref position) as List<object?> ?? throw new ModelFormatException($"{path}: the list of storages is missing");
            return new LegacyTorchFile(path, stream, tensors, Places(keys, tensors, stream, position, path));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override void Dispose() => _stream.Dispose();

    /// <inheritdoc />
    protected override byte[] Bytes(PickledStorage storage)
    {
        (long start, long count) = _places.TryGetValue(storage.Key, out (long, long) place) ? place : throw new ModelFormatException($"{_path}: storage {storage.Key} is missing");
        long length = storage.Count * storage.Type.Size();
        if (count != storage.Count || length > Array.MaxLength)
        {
            throw new ModelFormatException($"{_path}: storage {storage.Key} has {count} elements, {storage.Count} expected, at most {Array.MaxLength} bytes allowed");
        }

        byte[] bytes = new byte[length];
        _stream.Position = start;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Where the elements of every storage lie. The type, and with it the size, is known from a tensor of it; a storage that no tensor uses ends the walk only if others follow.</summary>
    private static Dictionary<string, (long Start, long Count)> Places(
        List<object?> keys, IReadOnlyDictionary<string, PickledTensor> tensors, FileStream stream, long position, string path)
    {
        Dictionary<string, SafetensorType> types = new(StringComparer.Ordinal);
        foreach (PickledTensor tensor in tensors.Values)
        {
            types[tensor.Storage.Key] = tensor.Storage.Type;
        }

        Dictionary<string, (long, long)> places = new(StringComparer.Ordinal);
        Span<byte> number = stackalloc byte[8];
        foreach (object? item in keys)
        {
            if (places.Count == types.Count)
            {
                break;
            }

            if (item is not string key || !types.TryGetValue(key, out SafetensorType type))
            {
                throw new ModelFormatException($"{path}: holds a storage that belongs to no tensor; only tables of tensors are converted");
            }

            stream.Position = position;
            stream.ReadExactly(number);
            long count = BinaryPrimitives.ReadInt64LittleEndian(number);
            position += sizeof(long);
            if (count < 0 || count > (stream.Length - position) / type.Size())
            {
                throw new ModelFormatException($"{path}: storage {key} of {count} elements reaches beyond the end of the file");
            }

            places[key] = (position, count);
            position += count * type.Size();
        }

        return places;
    }
}
