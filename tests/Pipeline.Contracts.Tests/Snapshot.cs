using Pipeline.TestKit;

namespace Pipeline.Contracts.Tests;

/// <summary>Compares a text with its committed file; <c>MOODPIPE_UPDATE_SNAPSHOTS=1</c> writes the file instead, to be reviewed as a diff.</summary>
internal static class Snapshot
{
    public static void Matches(string actual, params string[] path)
    {
        string file = Path.Combine([Fixtures.RepositoryRoot, .. path]);
        if (Environment.GetEnvironmentVariable("MOODPIPE_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }

        Assert.True(File.Exists(file), $"{file} is missing; run once with MOODPIPE_UPDATE_SNAPSHOTS=1 and review it");
        Assert.Equal(File.ReadAllText(file), actual);
    }
}
