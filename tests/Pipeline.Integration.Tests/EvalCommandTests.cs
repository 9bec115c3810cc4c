using System.Text.Json;
using System.Xml.Linq;
using Pipeline.TestKit;

namespace Pipeline.Integration.Tests;

/// <summary>What <c>moodpipe eval</c> leaves behind, and how it ends.</summary>
public sealed class EvalCommandTests(TinyModels models) : IClassFixture<TinyModels>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(6);
    private static readonly string s_suite = Path.Combine(Fixtures.RepositoryRoot, "samples", "eval");

    [Fact]
    public async Task An_evaluation_leaves_tables_plots_and_a_gallery_and_the_same_command_computes_nothing_again()
    {
        using TemporaryFolder folder = new();
        string[] arguments = ["eval", "--suite", s_suite, "--methods", "moodifier@steps=2,moodifier@steps=3", "--models", models.Path, "--out", folder.File("out"), "--threads", "1", "--limit", "3"];
        MoodpipeProcess.Outcome first = await MoodpipeProcess.RunAsync(s_limit, arguments);
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Equal(6, File.ReadAllLines(folder.File("out", "items.jsonl")).Length);
        Assert.All(["table.csv", "table.json", "gallery.html", "clip_target-structure_distance.svg"], name => Assert.True(File.Exists(folder.File("out", name)), name));
        string table = await File.ReadAllTextAsync(folder.File("out", "table.md"));
        Assert.Contains("| moodifier@steps=2 | 3 | 0 |", table);
        Assert.Contains("| change object, moodifier@steps=3 | 1 | 0 |", table);
        Assert.Equal(["3", "3", "0"], XDocument.Load(folder.File("out", "junit.xml")).Root!.Elements().Select(s => s.Attribute("tests")!.Value));

        string pictures = Path.Combine(folder.File("out"), "runs");
        DateTime before = Directory.EnumerateFiles(pictures, "*.png", SearchOption.AllDirectories).Max(File.GetLastWriteTimeUtc);
        byte[] items = await File.ReadAllBytesAsync(folder.File("out", "items.jsonl"));
        MoodpipeProcess.Outcome second = await MoodpipeProcess.RunAsync(s_limit, [.. arguments, "--baseline", folder.File("out"), "--gate", "delta(psnr)>=0", "--gate", "clip_t>=1"]);
        Assert.True(second.ExitCode == 4, second.ToString());
        Assert.Contains("clip_t>=1", second.Error + second.Output);
        Assert.Equal(items, await File.ReadAllBytesAsync(folder.File("out", "items.jsonl")));
        Assert.Equal(before, Directory.EnumerateFiles(pictures, "*.png", SearchOption.AllDirectories).Max(File.GetLastWriteTimeUtc));
        Assert.Contains("| delta(psnr)>=0 | moodifier@steps=2 | 0 | kept |", await File.ReadAllTextAsync(folder.File("out", "table.md")));
    }

    [Fact]
    public async Task A_suite_with_truths_scores_pictures_as_they_are_and_edits_against_them()
    {
        using TemporaryFolder folder = new();
        MoodpipeProcess.Outcome pairs = await MoodpipeProcess.RunAsync(s_limit, "world", "pairs", "--count", "1", "--edits", "emotion,colour", "--out", folder.File("pairs"));
        Assert.True(pairs.ExitCode == 0, pairs.ToString());
        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(
            s_limit, "eval", "--suite", folder.File("pairs"), "--methods", "unedited,sdedit@steps=2", "--models", models.Path, "--out", folder.File("out"), "--threads", "1");
        Assert.True(run.ExitCode == 0, run.ToString());
        JsonElement[] items = [.. File.ReadAllLines(folder.File("out", "items.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["unedited", "unedited", "sdedit@steps=2", "sdedit@steps=2"], items.Select(i => i.GetProperty("method").GetString()));
        Assert.All(items, i => Assert.True(i.GetProperty("metrics").TryGetProperty("psnr_truth_unedit_part", out _), i.ToString()));
        Assert.All(items[..2], i => Assert.False(i.GetProperty("metrics").TryGetProperty("unet_forwards", out _)));
        Assert.Contains("as it should be", await File.ReadAllTextAsync(folder.File("out", "gallery.html")));
    }

    [Theory]
    [InlineData("--methods", "no-such-method", "no-such-method")]
    [InlineData("--methods", "moodifier@noSuchParameter=1", "noSuchParameter")]
    [InlineData("--methods", "moodifier,moodifier", "twice")]
    [InlineData("--table", "no-such-table", "no-such-table")]
    public async Task Wrong_methods_and_tables_are_refused_before_anything_starts(string option, string value, string expected)
    {
        using TemporaryFolder folder = new();
        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(s_limit, "eval", "--suite", s_suite, option, value, "--models", models.Path, "--out", folder.File("out"));
        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Contains(expected, run.Error);
        Assert.False(Directory.Exists(folder.File("out")));
    }
}
