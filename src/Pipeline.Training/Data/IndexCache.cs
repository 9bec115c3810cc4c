using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Training.Data;

/// <summary>
/// Keeps the index of a manifest in a run's folder, <c>data.index</c>: where the pictures themselves decide what is held out, all of them are read once for it. Layout: a digest of the manifest and the settings
/// (32 bytes), one of what follows (32), the number of training lines (8, little-endian), the index's digest (64 characters), offsets (8 each).
/// </summary>
internal static class IndexCache
{
    private const string File = "data.index";
    private const int Header = 32 + 32 + 8 + 64;

    /// <summary>The index of the folder where it belongs to this manifest, else a new one.</summary>
    /// <param name="folder">Of the run; nothing is kept when null.</param>
    /// <param name="path">The manifest.</param>
    /// <param name="options">Share that is held out.</param>
    /// <param name="needs">What every line must have.</param>
    /// <param name="broken">Told of files that cannot be read.</param>
    public static ManifestIndex Open(string? folder, string path, ManifestOptions options, ManifestNeeds needs, BrokenPictures broken)
    {
        if (folder is null)
        {
            return ManifestIndex.Build(path, options, needs, broken);
        }

        byte[] key = Key(path, options, needs);
        string file = Path.Combine(folder, File);
        if (Read(file, key) is { } known)
        {
            return known;
        }

        ManifestIndex index = ManifestIndex.Build(path, options, needs, broken);
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllBytes(file + ".partial", Bytes(index, key));
        System.IO.File.Move(file + ".partial", file, overwrite: true);
        return index;
    }

    private static byte[] Key(string path, ManifestOptions options, ManifestNeeds needs)
    {
        using FileStream stream = PictureFile.Open(path);
        string settings = FormattableString.Invariant($"moodpipe.index.v1 {options.HeldOutShare:R} {needs}\n");
        return SHA256.HashData([.. Encoding.UTF8.GetBytes(settings), .. SHA256.HashData(stream)]);
    }

    private static byte[] Bytes(ManifestIndex index, byte[] key)
    {
        byte[] count = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, index.Training.Length);
        byte[] body =
        [
            .. count, .. Encoding.ASCII.GetBytes(index.Digest),
            .. MemoryMarshal.AsBytes(index.Training.AsSpan()), .. MemoryMarshal.AsBytes(index.HeldOut.AsSpan()),
        ];
        return [.. key, .. SHA256.HashData(body), .. body];
    }

    private static ManifestIndex? Read(string file, byte[] key)
    {
        if (!System.IO.File.Exists(file))
        {
            return null;
        }

        byte[] bytes = System.IO.File.ReadAllBytes(file);
        if (bytes.Length < Header || !bytes.AsSpan(0, 32).SequenceEqual(key) || !SHA256.HashData(bytes.AsSpan(64)).AsSpan().SequenceEqual(bytes.AsSpan(32, 32)))
        {
            return null;
        }

        long[] offsets = MemoryMarshal.Cast<byte, long>(bytes.AsSpan(Header)).ToArray();
        int training = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64));
        return new ManifestIndex(offsets[..training], offsets[training..], Encoding.ASCII.GetString(bytes, 72, 64));
    }
}
