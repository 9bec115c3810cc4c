using Pipeline.Storage.Objects;

namespace Pipeline.Storage.Folder;

/// <summary>
/// The files below a folder in the order of their keys, as a bucket lists them. A folder gives its names in no order, and may have more than fit into memory: each look
/// takes the next so many names in order, and the folder is looked through again for the ones after them.
/// </summary>
internal sealed class OrderedFolder(int namesAtOnce)
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Walks a folder.</summary>
    /// <param name="folder">Full path; one that does not exist has no files.</param>
    /// <param name="prefix">What the keys begin with.</param>
    /// <param name="after">Key relative to the folder to go on after; null for the start.</param>
    public IEnumerable<ObjectEntry> Walk(string folder, string prefix, string? after)
    {
        int slash = after?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        // A folder's own name counts with its slash: that is what orders "a-b/x" before "a/x" and after "a" alone.
        string last = slash < 0 ? after ?? "" : after![..(slash + 1)];
        string? rest = slash < 0 ? null : after![(slash + 1)..];
        bool withLast = rest is not null;
        while (true)
        {
            List<(string Name, ObjectEntry Entry)> names = Next(folder, last, withLast);
            foreach ((string name, ObjectEntry entry) in names)
            {
                if (name[^1] != '/')
                {
                    yield return entry with { Key = prefix + name };
                    continue;
                }

                string? within = rest is not null && name == after![..(slash + 1)] ? rest : null;
                foreach (ObjectEntry inner in Walk(Path.Combine(folder, name[..^1]), prefix + name, within))
                {
                    yield return inner;
                }
            }

            if (names.Count < namesAtOnce)
            {
                yield break;
            }

            (last, withLast) = (names[^1].Name, false);
        }
    }

    // The smallest names after a given one.
    private List<(string Name, ObjectEntry Entry)> Next(string folder, string last, bool withLast)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var largestFirst = new PriorityQueue<ObjectEntry, string>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        foreach (FileSystemInfo info in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Everything))
        {
            bool isFolder = (info.Attributes & FileAttributes.Directory) != 0;
            if (info.Name[0] == '.' || (isFolder && info.LinkTarget is not null))
            {
                continue;
            }

            string name = isFolder ? info.Name + "/" : info.Name;
            int order = string.CompareOrdinal(name, last);
            if (order < 0 || (order == 0 && !withLast))
            {
                continue;
            }

            if (largestFirst.Count == namesAtOnce)
            {
                if (largestFirst.TryPeek(out _, out string? largest) && string.CompareOrdinal(name, largest) > 0)
                {
                    continue;
                }

                largestFirst.Dequeue();
            }

            largestFirst.Enqueue(Describe(info, isFolder), name);
        }

        var names = new List<(string, ObjectEntry)>(largestFirst.Count);
        while (largestFirst.TryDequeue(out ObjectEntry entry, out string? name))
        {
            names.Add((name, entry));
        }

        names.Reverse();
        return names;
    }

    private static ObjectEntry Describe(FileSystemInfo info, bool isFolder)
    {
        try
        {
            FileInfo? file = isFolder ? null : info.LinkTarget is null ? (FileInfo)info : info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
            return new ObjectEntry("", file is { Exists: true } ? file.Length : 0, file is { Exists: true } ? new DateTimeOffset(file.LastWriteTimeUtc) : default);
        }
        catch (IOException)
        {
            return default; // gone meanwhile, or a link in a circle: whoever opens it is told
        }
    }
}
