using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Integration.Tests;

/// <summary>Kill the run at any moment and start it again: nothing is lost, nothing doubled, the pictures are the same bytes.</summary>
public sealed class KillTests(TinyModels models) : IClassFixture<TinyModels>
{
    private const int Moments = 10;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_run_killed_at_ten_random_moments_ends_like_an_undisturbed_one()
    {
        using TemporaryFolder folder = new();
        MoodpipeProcess.Outcome whole = await MoodpipeProcess.RunAsync(Limit, Arguments(folder.File("whole")));
        Assert.True(whole.ExitCode == 0, whole.ToString());
        int all = Files(folder.File("whole"));

        // Moments spread over what the run writes, drawn from a fixed seed; every second kill hits the run that resumes from the one before.
        Random random = new(20261121);
        string output = folder.File("killed");
        int killed = 0;
        for (int i = 0; i < Moments; i++)
        {
            double share = i % 2 == 0 ? (i + random.NextDouble()) / Moments : random.NextDouble();
            int found = Files(output), enough = found + (int)((all - found) * share);
            using Process process = MoodpipeProcess.Start(Arguments(output));
            Task drain = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            while (!process.HasExited && Files(output) < enough)
            {
                await Task.Delay(2);
            }

            if (!process.HasExited)
            {
                process.Kill();
                killed++;
            }

            await process.WaitForExitAsync();
            await drain;
            if (i % 2 == 1 && i < Moments - 1)
            {
                Directory.Delete(output, recursive: true);
            }
        }

        Assert.True(killed >= Moments / 2, $"only {killed} of {Moments} kills hit a running process");
        MoodpipeProcess.Outcome resumed = await MoodpipeProcess.RunAsync(Limit, Arguments(output));
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Equal(Summary(folder.File("whole")), Summary(output));
    }

    private string[] Arguments(string output) =>
    [
        "run", Path.Combine(Fixtures.RepositoryRoot, "samples", "photos"), "--emotions", "joy,sadness", "--models", models.Path, "--out", output, "--steps", "2", "--limit", "2",
    ];

    private static int Files(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count() : 0;

    /// <summary>Every item in order, with the digest of its picture.</summary>
    private static IReadOnlyList<string> Summary(string output)
    {
        IReadOnlyList<JsonElement> items = Metadata.Read(Path.Combine(output, "metadata.jsonl"));
        Assert.Equal(items.Count, items.Select(Identity).Distinct().Count());
        return [.. items.Select(item =>
        {
            string picture = item.GetProperty("output").GetProperty("image").GetString()!;
            return $"{Identity(item)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(output, picture))))}";
        })];
    }

    private static string Identity(JsonElement item) => $"{item.GetProperty("id")} {item.GetProperty("emotion")} {item.GetProperty("variant")}";
}
