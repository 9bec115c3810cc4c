using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Pipeline.TestS3.Objects;

/// <summary>
/// One object in one file, so that a rename publishes content and description at once: the content, the description as JSON, its length in four bytes.
/// </summary>
internal sealed class StoredFile : IDisposable
{
    private readonly FileStream file;
    private readonly IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private readonly bool flush;

    public StoredFile(string path, bool flush)
    {
        (Path, this.flush) = (path, flush);
        file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 128 * 1024);
    }

    public string Path { get; }

    public long Size { get; private set; }

    public string Md5 => Convert.ToHexStringLower(md5.GetCurrentHash());

    public void Write(ReadOnlySpan<byte> content)
    {
        file.Write(content);
        md5.AppendData(content);
        Size += content.Length;
    }

    /// <summary>Ends the file; nothing refers to it yet.</summary>
    public void Complete(ObjectInfo info)
    {
        byte[] description = JsonSerializer.SerializeToUtf8Bytes(info);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, description.Length);
        file.Write(description);
        file.Write(length);
        file.Flush(flush);
        file.Dispose();
    }

    public void Dispose()
    {
        file.Dispose();
        md5.Dispose();
        File.Delete(Path);
    }

    public static ObjectInfo ReadInfo(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> length = stackalloc byte[4];
        file.Seek(-4, SeekOrigin.End);
        file.ReadExactly(length);
        byte[] description = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        file.Seek(-4 - description.Length, SeekOrigin.End);
        file.ReadExactly(description);
        return JsonSerializer.Deserialize<ObjectInfo>(description) ?? throw new InvalidDataException($"{path} has no description");
    }
}
