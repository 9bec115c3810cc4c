using System.IO.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>A file of torch.save (the zip form, torch 1.6 and later): a pickle of names and shapes, and one uncompressed entry per storage.</summary>
internal sealed class TorchArchive : IDisposable
{
    private const int MaximumNesting = 8;

    private readonly string _path;
    private readonly ZipArchive _zip;
    private readonly string _prefix;

    private TorchArchive(string path, ZipArchive zip, string prefix, Dictionary<string, PickledTensor> tensors) =>
        (_path, _zip, _prefix, Tensors) = (path, zip, prefix, tensors);

    /// <summary>All tensors by name; nested tables are joined with dots, and a table called <c>state_dict</c> stands for the whole.</summary>
    public IReadOnlyDictionary<string, PickledTensor> Tensors { get; }

    /// <summary>Opens a file and reads its pickle.</summary>
    /// <exception cref="ModelFormatException">Not such a file, damaged, or holds more than tensors.</exception>
    public static TorchArchive Open(string path)
    {
        ZipArchive? zip = null;
        try
        {
            zip = ZipFile.OpenRead(path);
            ZipArchiveEntry pickle = zip.Entries.FirstOrDefault(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
                ?? throw new ModelFormatException($"{path}: is a zip file, but not one of torch.save");
            string prefix = pickle.FullName[..^"data.pkl".Length];
            if (zip.GetEntry(prefix + "byteorder") is { } order && Text(order, path) is not "little" and var other)
            {
                throw new ModelFormatException($"{path}: byte order {other} is not supported");
            }

            object? root = PickleReader.Read(ReadEntry(pickle, pickle.Length, PickleReader.MaximumBytes, path), path);
            Dictionary<string, PickledTensor> tensors = new(StringComparer.Ordinal);
            Collect(root is Dictionary<string, object?> table && table.TryGetValue("state_dict", out object? inner) ? inner : root, "", tensors, 0);
            return tensors.Count > 0 ? new TorchArchive(path, zip, prefix, tensors) : throw new ModelFormatException($"{path}: holds no tensors");
        }
        catch (Exception error)
        {
            zip?.Dispose();
            if (error is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                throw new ModelFormatException($"{path}: cannot be read as a file of torch.save (files of torch before 1.6 are no zip files and are not converted): {error.Message}", error);
            }

            throw;
        }
    }

    /// <summary>Reads one tensor, contiguous, on the CPU; the caller owns it.</summary>
    public Tensor Read(PickledTensor tensor)
    {
        PickledStorage storage = tensor.Storage;
        ZipArchiveEntry entry = _zip.GetEntry($"{_prefix}data/{storage.Key}") ?? throw new ModelFormatException($"{_path}: storage {storage.Key} is missing");
        byte[] bytes = ReadEntry(entry, storage.Count * storage.Type.Size(), Array.MaxLength, _path);
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = empty([storage.Count], TensorReader.ScalarTypeOf(storage.Type));
        bytes.CopyTo(flat.bytes);
        return flat.as_strided(tensor.Shape, tensor.Strides, tensor.Offset).clone().contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose() => _zip.Dispose();

    private static void Collect(object? value, string name, Dictionary<string, PickledTensor> into, int depth)
    {
        if (value is PickledTensor tensor && name.Length > 0)
        {
            into[name] = tensor;
        }
        else if (value is Dictionary<string, object?> table && depth < MaximumNesting)
        {
            foreach ((string key, object? inner) in table)
            {
                Collect(inner, name.Length == 0 ? key : $"{name}.{key}", into, depth + 1);
            }
        }
    }

    /// <summary>Entries of torch.save are stored as they are; a compressed one could unpack to anything.</summary>
    private static byte[] ReadEntry(ZipArchiveEntry entry, long expected, long maximum, string path)
    {
        if (entry.Length != entry.CompressedLength || entry.Length != expected || entry.Length > maximum)
        {
            throw new ModelFormatException($"{path}: entry {entry.FullName} has {entry.Length} bytes ({entry.CompressedLength} stored), {expected} expected, at most {maximum} allowed");
        }

        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string Text(ZipArchiveEntry entry, string path) => System.Text.Encoding.ASCII.GetString(ReadEntry(entry, entry.Length, 64, path));
}
