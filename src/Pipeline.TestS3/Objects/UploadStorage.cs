using System.Security.Cryptography;
using System.Text.Json;

namespace Pipeline.TestS3.Objects;

/// <summary>Multipart uploads in progress: a folder each, with a description and the parts. They outlive a restart of the server.</summary>
internal sealed class UploadStorage(string root, S3ServerOptions options, Func<StoredFile> create)
{
    private const int MaxPart = 10_000;

    public Upload Begin(string bucket, string key, string contentType, IReadOnlyDictionary<string, string> metadata)
    {
        var upload = new Upload(Guid.NewGuid().ToString("n"), bucket, key, contentType, metadata, options.Time.GetUtcNow());
        string folder = Directory.CreateDirectory(Path.Combine(root, upload.Id)).FullName;
        string draft = Path.Combine(folder, "draft");
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(upload));
        File.Move(draft, Description(upload.Id));
        return upload;
    }

    public Upload Find(string id, string bucket, string key) =>
        Guid.TryParseExact(id, "n", out _) && File.Exists(Description(id)) && Read(id) is { } upload && upload.Bucket == bucket && upload.Key == key
            ? upload
            : throw S3Exception.NoSuchUpload(id);

    public IEnumerable<Upload> InBucket(string bucket) =>
        Directory.EnumerateDirectories(root).Select(d => Path.GetFileName(d)).Where(id => File.Exists(Description(id))).Select(Read).Where(u => u.Bucket == bucket)
            .OrderBy(u => u.Key, StringComparer.Ordinal);

    public string AddPart(Upload upload, int number, StoredFile file)
    {
        if (number is < 1 or > MaxPart)
        {
            throw S3Exception.BadRequest("InvalidArgument", "part numbers are 1 to 10000");
        }

        var info = new ObjectInfo($"{number}", file.Size, file.Md5, options.Time.GetUtcNow(), "", new Dictionary<string, string>());
        file.Complete(info);
        File.Move(file.Path, Part(upload.Id, number), overwrite: true);
        return info.ETag;
    }

    public IEnumerable<ObjectInfo> Parts(Upload upload) =>
        Directory.EnumerateFiles(Path.Combine(root, upload.Id), "part-*").Select(StoredFile.ReadInfo).OrderBy(p => int.Parse(p.Key));

    /// <summary>Puts the named parts one after the other into one file; the upload stays until <see cref="Remove"/>.</summary>
    public (StoredFile File, ObjectInfo Info) Join(Upload upload, IReadOnlyList<(int Number, string ETag)> parts)
    {
        StoredFile file = create();
        try
        {
            using var digests = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            for (int i = 0; i < parts.Count; i++)
            {
                ObjectInfo part = Checked(upload, parts, i);
                using FileStream content = File.OpenRead(Part(upload.Id, parts[i].Number));
                Append(content, part.Size, file);
                digests.AppendData(Convert.FromHexString(part.ETag));
            }

            string etag = $"{Convert.ToHexStringLower(digests.GetCurrentHash())}-{parts.Count}";
            return (file, new ObjectInfo(upload.Key, file.Size, etag, options.Time.GetUtcNow(), upload.ContentType, upload.Metadata));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Remove(Upload upload) => Directory.Delete(Path.Combine(root, upload.Id), recursive: true);

    private ObjectInfo Checked(Upload upload, IReadOnlyList<(int Number, string ETag)> parts, int i)
    {
        string path = Part(upload.Id, parts[i].Number);
        if (i > 0 && parts[i].Number <= parts[i - 1].Number)
        {
            throw S3Exception.BadRequest("InvalidPartOrder", "parts must be in ascending order");
        }

        if (!File.Exists(path) || StoredFile.ReadInfo(path) is not { } info || info.ETag != parts[i].ETag)
        {
            throw S3Exception.BadRequest("InvalidPart", $"part {parts[i].Number} was not uploaded with this ETag");
        }

        return i == parts.Count - 1 || info.Size >= options.MinPartBytes
            ? info
            : throw S3Exception.BadRequest("EntityTooSmall", $"part {parts[i].Number} has {info.Size} bytes, at least {options.MinPartBytes} are asked for");
    }

    private static void Append(FileStream source, long size, StoredFile target)
    {
        byte[] buffer = new byte[128 * 1024];
        while (size > 0)
        {
            int read = source.Read(buffer, 0, (int)Math.Min(size, buffer.Length));
            target.Write(buffer.AsSpan(0, read));
            size -= read;
        }
    }

    private Upload Read(string id) => JsonSerializer.Deserialize<Upload>(File.ReadAllBytes(Description(id)))!;

    private string Description(string id) => Path.Combine(root, id, "upload.json");

    private string Part(string id, int number) => Path.Combine(root, id, $"part-{number:d5}");
}
