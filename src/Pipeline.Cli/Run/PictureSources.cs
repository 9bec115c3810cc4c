using Pipeline.Contracts.Jobs;

namespace Pipeline.Cli.Run;

/// <summary>Turns the pictures named on a command line (files and folders) into manifest lines with stable names.</summary>
internal static class PictureSources
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif",
    };

    /// <summary>
    /// One line per picture, ordered by name. Folders are searched with their sub-folders for picture files; a file named on the command line is taken
    /// whatever it is called. The name of a picture is its path below the named folder without extension, or with it where two would be the same.
    /// </summary>
    /// <exception cref="CommandFailure">A path does not exist, or nothing was found.</exception>
    public static IReadOnlyList<JobLine> Collect(IReadOnlyList<string> paths, IReadOnlyList<EmotionRequest> emotions)
    {
        List<(string Id, string Path)> found = [];
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                found.AddRange(InFolder(path));
            }
            else
            {
                // A missing or unreadable file becomes a failed item, not a refused job: the others are still wanted.
                found.Add((Path.GetFileName(path), Path.GetFullPath(path)));
            }
        }

        if (found.Count == 0)
        {
            throw CommandFailure.Usage($"no pictures in {string.Join(", ", paths)} (looked for {string.Join(' ', Extensions)})");
        }

        return [.. Named([.. found.DistinctBy(item => item.Path)]).Select(item => new JobLine { Id = item.Id, Image = item.Path, Emotions = emotions })];
    }

    private static IEnumerable<(string Id, string Path)> InFolder(string folder)
    {
        string root = Path.GetFullPath(folder);
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.Hidden };
        return Directory.EnumerateFiles(root, "*", options)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Select(file => (Path.GetRelativePath(root, file).Replace('\\', '/'), file))
            .OrderBy(item => item.Item1, StringComparer.Ordinal);
    }

    private static IEnumerable<(string Id, string Path)> Named(IReadOnlyList<(string Id, string Path)> found)
    {
        HashSet<string> taken = [];
        ILookup<string, string> byStem = found.ToLookup(item => Stem(item.Id), item => item.Path, StringComparer.Ordinal);
        foreach ((string id, string path) in found)
        {
            string name = byStem[Stem(id)].Take(2).Count() == 1 ? Stem(id) : id;
            for (int copy = 2; !taken.Add(name); copy++)
            {
                name = $"{id}-{copy}";
            }

            yield return (name, path);
        }
    }

    private static string Stem(string id) => id[..^Path.GetExtension(id).Length];
}
