using System.IO.Compression;

namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>A file of torch.save (the zip form, torch 1.6 and later): a pickle of names and shapes, and one uncompressed entry per storage.</summary>
internal sealed class TorchArchive : TorchFile
{
    private readonly string _path;
    private readonly ZipArchive _zip;
    private readonly string _prefix;

    private TorchArchive(string path, ZipArchive zip, string prefix, IReadOnlyDictionary<string, PickledTensor> tensors) =>
        (_path, _zip, _prefix, Tensors) = (path, zip, prefix, tensors);

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, PickledTensor> Tensors { get; }

    /// <summary>Opens a zip file and reads its pickle.</summary>
    /// <exception cref="ModelFormatException">Not such a file, damaged, or holds more than tensors.</exception>
    internal static TorchArchive OpenZip(string path)
    {
        ZipArchive zip = ZipFile.OpenRead(path);
        try
        {
            ZipArchiveEntry pickle = zip.Entries.FirstOrDefault(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
                ?? throw new ModelFormatException($"{path}: is a zip file, but not one of torch.save");
            string prefix = pickle.FullName[..^"data.pkl".Length];
            if (zip.GetEntry(prefix + "byteorder") is { } order && Text(order, path) is not "little" and var other)
            {
                throw new ModelFormatException($"{path}: byte order {other} is not supported");
            }

            object? root = PickleReader.Read(ReadEntry(pickle, pickle.Length, PickleReader.MaximumBytes, path), path);
            return new TorchArchive(path, zip, prefix, Table(root, path));
        }
        catch
        {
            zip.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override void Dispose() => _zip.Dispose();

    /// <inheritdoc />
    protected override byte[] Bytes(PickledStorage storage)
    {
        ZipArchiveEntry entry = _zip.GetEntry($"{_prefix}data/{storage.Key}") ?? throw new ModelFormatException($"{_path}: storage {storage.Key} is missing");
        return ReadEntry(entry, storage.Count * storage.Type.Size(), Array.MaxLength, _path);
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
