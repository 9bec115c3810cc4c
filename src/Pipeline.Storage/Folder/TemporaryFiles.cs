using System.Globalization;

namespace Pipeline.Storage.Folder;

/// <summary>Names of temporary files, <c>{machine}.{pid}.{instance}.{number}</c>: they tell whose they are, so that those of dead processes can be removed.</summary>
internal sealed class TemporaryFiles
{
    private static int instances;
    private readonly string folder;
    private readonly FolderStoreOptions options;
    private readonly string prefix;
    private long count;

    public TemporaryFiles(string folder, FolderStoreOptions options)
    {
        (this.folder, this.options) = (folder, options);
        Directory.CreateDirectory(folder);
        prefix = $"{Machine}.{Environment.ProcessId}.{Interlocked.Increment(ref instances)}";
    }

    private static string Machine { get; } = string.Concat(Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    public string Next() => Path.Combine(folder, $"{prefix}.{Interlocked.Increment(ref count)}");

    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // An abandoned temporary file is removed at the next opening.
        }
    }

    /// <summary>Removes what dead processes of this machine left, and what is older than any work can be.</summary>
    public void RemoveAbandoned()
    {
        DateTime oldest = options.Time.GetUtcNow().UtcDateTime - options.AbandonedAfter;
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            string[] parts = Path.GetFileName(path).Split('.');
            bool dead = parts.Length == 4 && parts[0] == Machine
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && pid > 0 && pid != Environment.ProcessId && !PosixFiles.IsAlive(pid);
            if (dead || File.GetLastWriteTimeUtc(path) < oldest)
            {
                Remove(path);
            }
        }
    }
}
