using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Stages.Sources;
using Pipeline.Storage.Objects;

namespace Pipeline.Cli.Run;

/// <summary>Turns the pictures named on a command line (files and folders) into manifest lines with stable names.</summary>
internal static class PictureSources
{
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
            throw NoPictures(paths);
        }

        return [.. Named([.. found.DistinctBy(item => item.Path)]).Select(item => new JobLine { Id = item.Id, Image = item.Path, Emotions = emotions })];
    }

    /// <summary>Says so when a folder has no picture.</summary>
    /// <exception cref="CommandFailure">It has none.</exception>
    public static void RequirePictures(string folder)
    {
        if (!KeysAsync(folder).ToBlockingEnumerable().Any())
        {
            throw NoPictures([folder]);
        }
    }

    /// <summary>
    /// The lines of one folder of any size, named as <see cref="Collect"/> names them, with their ends: made while they are read. Links to folders are not followed.
    /// </summary>
    public static async IAsyncEnumerable<byte[]> LinesAsync(string folder, IReadOnlyList<EmotionRequest> emotions)
    {
        string root = Path.GetFullPath(folder);
        await foreach ((string name, string key) in PictureNames.OfAsync(KeysAsync(folder), CancellationToken.None).ConfigureAwait(false))
        {
            yield return [.. ContractJson.Serialize(new JobLine { Id = name, Image = Path.Combine(root, key), Emotions = emotions }), (byte)'\n'];
        }
    }

    private static async IAsyncEnumerable<string> KeysAsync(string folder)
    {
        using IObjectSpace space = ObjectSpaces.Open(folder);
        await foreach (ListedSource picture in SourceListing.ListAsync(space, null, CancellationToken.None).ConfigureAwait(false))
        {
            yield return picture.Token;
        }
    }

    private static CommandFailure NoPictures(IEnumerable<string> paths) =>
        CommandFailure.Usage($"no pictures in {string.Join(", ", paths)} (looked for {string.Join(' ', SourceListing.PictureExtensions)})");

    private static IEnumerable<(string Id, string Path)> InFolder(string folder)
    {
        string root = Path.GetFullPath(folder);
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.Hidden };
        return Directory.EnumerateFiles(root, "*", options)
            .Where(SourceListing.IsPicture)
            .Select(file => (Path.GetRelativePath(root, file).Replace('\\', '/'), file))
            .OrderBy(item => item.Item1, StringComparer.Ordinal);
    }

    private static IEnumerable<(string Id, string Path)> Named(IReadOnlyList<(string Id, string Path)> found)
    {
        HashSet<string> taken = [];
        ILookup<string, string> byStem = found.ToLookup(item => Stem(item.Id), item => item.Path, StringComparer.Ordinal);
        foreach ((string id, string path) in found)
        {
            string name = byStem[Stem(id)].Take(2).Count() == 1 && !SourceListing.IsPicture(Stem(id)) ? Stem(id) : id;
            for (int copy = 2; !taken.Add(name); copy++)
            {
                name = $"{id}-{copy}";
            }

            yield return (name, path);
        }
    }

    private static string Stem(string id) => id[..^Path.GetExtension(id).Length];
}
