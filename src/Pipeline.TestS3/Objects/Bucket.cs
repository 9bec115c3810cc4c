using System.Security.Cryptography;
using System.Text;

namespace Pipeline.TestS3.Objects;

/// <summary>One bucket: a folder of object files, and the index of their keys in memory, which is read from the files at the start.</summary>
internal sealed class Bucket
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, ObjectInfo> index = new(StringComparer.Ordinal);
    private readonly string folder;
    private long writes;

    public Bucket(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            ObjectInfo info = StoredFile.ReadInfo(path);
            index[info.Key] = info;
        }
    }

    public long Writes => Interlocked.Read(ref writes);

    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return index.Count == 0;
            }
        }
    }

    public ObjectInfo? Find(string key)
    {
        lock (gate)
        {
            return index.GetValueOrDefault(key);
        }
    }

    /// <summary>Opens an object's content; what is read is of one version, whatever is written meanwhile.</summary>
    public (ObjectInfo Info, FileStream Content) Open(string key)
    {
        lock (gate)
        {
            ObjectInfo info = index.GetValueOrDefault(key) ?? throw S3Exception.NoSuchKey(key);
            return (info, new FileStream(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
    }

    /// <summary>Publishes a file under its key; checking the condition and publishing are one step.</summary>
    public ObjectInfo Publish(StoredFile file, ObjectInfo info, WriteCondition condition)
    {
        condition.Check(info.Key, Find(info.Key)); // spares the flush where the answer is known already
        file.Complete(info);
        lock (gate)
        {
            condition.Check(info.Key, index.GetValueOrDefault(info.Key));
            File.Move(file.Path, PathOf(info.Key), overwrite: true);
            return index[info.Key] = info with { Sequence = Interlocked.Increment(ref writes) };
        }
    }

    public void Delete(string key)
    {
        lock (gate)
        {
            if (index.Remove(key))
            {
                File.Delete(PathOf(key));
            }
        }
    }

    /// <summary>The objects in the order of their keys, those after <paramref name="after"/> that begin with the prefix.</summary>
    public List<ObjectInfo> List(string prefix, string after)
    {
        lock (gate)
        {
            return [.. index.Values.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, after) > 0)];
        }
    }

    // Keys are any text up to 1024 bytes; their digests are file names.
    public string PathOf(string key) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
}
