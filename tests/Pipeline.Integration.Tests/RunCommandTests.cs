using System.Diagnostics;
using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Integration.Tests;

/// <summary>What users can ask of <c>moodpipe run</c> and what they get.</summary>
public sealed class RunCommandTests(TinyModels models) : IClassFixture<TinyModels>
{
    private const int Interrupted = 130;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private static readonly string Photos = Path.Combine(Fixtures.RepositoryRoot, "samples", "photos");

    [Fact]
    public async Task A_run_leaves_pictures_masks_metadata_and_a_report_and_a_second_run_computes_nothing()
    {
        using TemporaryFolder folder = new();
        string[] arguments = [.. Arguments(folder.File("out"), "joy,fear:0.5"), "--limit", "1", "--json"];
        MoodpipeProcess.Outcome first = await MoodpipeProcess.RunAsync(Limit, arguments);
        Assert.True(first.ExitCode == 0, first.ToString());

        IReadOnlyList<JsonElement> items = Metadata.Read(folder.File("out", "metadata.jsonl"));
        Assert.Equal(["joy", "fear"], items.Select(item => item.GetProperty("emotion").GetString()!));
        foreach (JsonElement item in items)
        {
            Assert.True(File.Exists(folder.File("out", item.GetProperty("file_name").GetString()!)));
            Assert.True(File.Exists(folder.File("out", item.GetProperty("output").GetProperty("mask").GetString()!)));
            Assert.NotEmpty(item.GetProperty("caption").GetString()!);
            JsonElement metrics = item.GetProperty("metrics");
            Assert.All(["clip_t", "clip_i", "psnr", "ssim", "mse"], name => Assert.True(metrics.TryGetProperty(name, out _), name));
        }

        string report = await File.ReadAllTextAsync(folder.File("out", "report.html"));
        Assert.DoesNotContain("src=\"http", report, StringComparison.Ordinal);
        Assert.Contains("astronaut", report, StringComparison.Ordinal);

        JsonElement finished = Events(first)[^1];
        MoodpipeProcess.Outcome second = await MoodpipeProcess.RunAsync(Limit, arguments);
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains(Events(second), e => e.GetProperty("event").GetString() == "started" && e.GetProperty("ended").GetInt64() == 2);
        Assert.NotEqual(JsonValueKind.Undefined, finished.ValueKind);
    }

    [Fact]
    public async Task A_dry_run_counts_and_changes_nothing()
    {
        using TemporaryFolder folder = new();
        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(Limit, [.. Arguments(folder.File("out"), "joy,sadness"), "--dry-run"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        // 4 pictures, (1 + 2 x 2) x 2 forwards each.
        Assert.Contains("4 pictures, 8 edits, about 40 UNet forwards", run.Output + run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData("no-such-feeling", "no-such-feeling")]
    [InlineData("joy:2", "intensity")]
    public async Task Wrong_emotions_are_refused_before_anything_starts(string emotions, string expected)
    {
        using TemporaryFolder folder = new();
        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(Limit, Arguments(folder.File("out"), emotions));
        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData("--param", "noSuchParameter=1", "noSuchParameter")]
    [InlineData("--param", "kappa=7", "kappa")]
    [InlineData("--param", "inversion=magic", "null-text")]
    [InlineData("--method", "no-such-method", "no-such-method")]
    public async Task Wrong_methods_and_parameters_are_refused_before_anything_starts(string option, string value, string expected)
    {
        using TemporaryFolder folder = new();
        foreach (string[] mode in new string[][] { [], ["--dry-run"] })
        {
            MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(Limit, [.. Arguments(folder.File("out"), "joy"), option, value, .. mode]);
            Assert.True(run.ExitCode == 2, run.ToString());
            Assert.Contains(expected, run.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder.File("out")));
        }
    }

    [Fact]
    public async Task A_missing_model_is_an_environment_error_that_names_it()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("empty"));
        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(
            Limit, "run", Photos, "--emotions", "joy", "--models", folder.File("empty"), "--out", folder.File("out"));
        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.Contains("model_index.json", run.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Ctrl_C_drains_and_the_same_command_finishes()
    {
        using TemporaryFolder folder = new();
        string[] arguments = Arguments(folder.File("out"), "joy,sadness,fear,anger");
        using (Process process = MoodpipeProcess.Start(arguments))
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            string artefacts = folder.File("out", ".moodpipe", "artefacts");
            while (!process.HasExited && !Directory.Exists(Path.Combine(artefacts, "cas")))
            {
                await Task.Delay(20);
            }

            using Process signal = Process.Start("kill", ["-INT", process.Id.ToString()]);
            await process.WaitForExitAsync(new CancellationTokenSource(Limit).Token);
            Assert.True(process.ExitCode == Interrupted, $"{process.ExitCode}\n{await output}\n{await error}");
            Assert.Contains("same command continues", await error, StringComparison.Ordinal);
            Assert.False(File.Exists(folder.File("out", "metadata.jsonl")));
        }

        MoodpipeProcess.Outcome resumed = await MoodpipeProcess.RunAsync(Limit, arguments);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Equal(16, Metadata.Read(folder.File("out", "metadata.jsonl")).Count);
    }

    private string[] Arguments(string output, string emotions) =>
        ["run", Photos, "--emotions", emotions, "--models", models.Path, "--out", output, "--steps", "2"];

    private static IReadOnlyList<JsonElement> Events(MoodpipeProcess.Outcome run) =>
        [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
}
