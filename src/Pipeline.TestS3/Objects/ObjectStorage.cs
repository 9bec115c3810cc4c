using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Pipeline.TestS3.Objects;

/// <summary>Everything that the server keeps on the disk: buckets, uploads, and temporary files until they are published.</summary>
public sealed partial class ObjectStorage
{
    private readonly ConcurrentDictionary<string, Bucket> buckets = new(StringComparer.Ordinal);
    private readonly S3ServerOptions options;
    private readonly string bucketFolder;
    private readonly string temporaryFolder;

    internal ObjectStorage(S3ServerOptions options)
    {
        this.options = options;
        bucketFolder = Directory.CreateDirectory(Path.Combine(options.Root, "buckets")).FullName;
        temporaryFolder = Directory.CreateDirectory(Path.Combine(options.Root, "tmp")).FullName;
        foreach (string abandoned in Directory.EnumerateFiles(temporaryFolder))
        {
            File.Delete(abandoned);
        }

        Uploads = new UploadStorage(Directory.CreateDirectory(Path.Combine(options.Root, "uploads")).FullName, options, Create);
        foreach (string folder in Directory.EnumerateDirectories(bucketFolder))
        {
            buckets[Path.GetFileName(folder)] = new Bucket(folder);
        }
    }

    internal UploadStorage Uploads { get; }

    internal IEnumerable<string> Names => buckets.Keys.Order(StringComparer.Ordinal);

    /// <summary>The file of an object; the content is at its beginning. For tests that damage it.</summary>
    public string FileOf(string bucket, string key) => Get(bucket).PathOf(key);

    /// <summary>Keys and descriptions of a bucket, in the order of the keys.</summary>
    public IReadOnlyList<ObjectInfo> List(string bucket) => Get(bucket).List("", "");

    /// <summary>Stores small objects without requests, for tests that need many.</summary>
    public void Add(string bucket, IEnumerable<string> keys, ReadOnlySpan<byte> content)
    {
        Bucket target = Get(bucket);
        foreach (string key in keys)
        {
            using StoredFile file = Create();
            file.Write(content);
            target.Publish(file, new ObjectInfo(key, file.Size, file.Md5, TimeProvider.System.GetUtcNow(), "application/octet-stream", new Dictionary<string, string>()), default);
        }
    }

    /// <summary>Number of multipart uploads that were begun and neither completed nor aborted.</summary>
    public int UnfinishedUploads(string bucket) => Uploads.InBucket(bucket).Count();

    /// <summary>Makes a bucket unless it is there.</summary>
    public void CreateBucket(string name)
    {
        if (!BucketName().IsMatch(name))
        {
            throw S3Exception.BadRequest("InvalidBucketName", $"'{name}' is not the name of a bucket");
        }

        buckets.GetOrAdd(name, n => new Bucket(Path.Combine(bucketFolder, n)));
    }

    internal void DeleteBucket(string name)
    {
        if (!Get(name).IsEmpty)
        {
            throw new S3Exception(409, "BucketNotEmpty", $"the bucket '{name}' is not empty");
        }

        buckets.TryRemove(name, out _);
        Directory.Delete(Path.Combine(bucketFolder, name));
    }

    internal Bucket Get(string name) => buckets.GetValueOrDefault(name) ?? throw S3Exception.NoSuchBucket(name);

    internal StoredFile Create() => new(Path.Combine(temporaryFolder, Guid.NewGuid().ToString("n")), options.FlushToDisk);

    internal IReadOnlyDictionary<string, long> Marks() => buckets.ToDictionary(b => b.Key, b => b.Value.Writes, StringComparer.Ordinal);

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketName();
}
