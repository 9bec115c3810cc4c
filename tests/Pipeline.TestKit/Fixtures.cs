namespace Pipeline.TestKit;

/// <summary>Where tests find their reference files: the fixtures in the repository and, where it exists, the shared folder beside the checkout.</summary>
public static class Fixtures
{
    /// <summary>The folder that holds <c>Pipeline.sln</c>.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary><c>tests/fixtures</c>.</summary>
    public static string Root { get; } = System.IO.Path.Combine(RepositoryRoot, "tests", "fixtures");

    /// <summary>
    /// The goldens beside the checkout (<c>../shared/goldens</c>, or <c>MOODPIPE_SHARED_GOLDENS</c>), or null where they are not: a clone alone must pass.
    /// </summary>
    public static string? SharedGoldens { get; } = FindShared();

    /// <summary>Full path of a fixture; throws when it is missing, since a fixture in the repository is never optional.</summary>
    public static string Path(params string[] parts)
    {
        string path = System.IO.Path.Combine([Root, .. parts]);
        return File.Exists(path) || Directory.Exists(path) ? path : throw new FileNotFoundException($"fixture {path} is missing");
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? dir = new(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(dir.FullName, "Pipeline.sln")))
            {
                return dir.FullName;
            }
        }

        throw new InvalidOperationException($"no Pipeline.sln above {AppContext.BaseDirectory}");
    }

    private static string? FindShared()
    {
        string path = Environment.GetEnvironmentVariable("MOODPIPE_SHARED_GOLDENS")
            ?? System.IO.Path.Combine(RepositoryRoot, "..", "shared", "goldens");
        return Directory.Exists(path) ? System.IO.Path.GetFullPath(path) : null;
    }
}
