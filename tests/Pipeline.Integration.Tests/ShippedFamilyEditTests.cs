using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Integration.Tests;

/// <summary>The family under <c>models/tiny</c> edits what it is asked for, through the whole pipeline, on scenes that no recipe has seen.</summary>
public sealed class ShippedFamilyEditTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);
    private static readonly string s_models = Path.Combine(Fixtures.RepositoryRoot, "models", "tiny");

    [Fact]
    public async Task Edits_are_seen_by_the_judge_and_are_nearer_to_their_ground_truth_than_the_picture_was()
    {
        using TemporaryFolder folder = new();
        MoodpipeProcess.Outcome pairs = await MoodpipeProcess.RunAsync(s_limit, "world", "pairs", "--count", "3", "--seed", "900400000", "--out", folder.File("pairs"));
        Assert.True(pairs.ExitCode == 0, pairs.ToString());
        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(
            s_limit, "eval", "--suite", folder.File("pairs"), "--methods", "unedited,moodifier", "--models", s_models, "--out", folder.File("out"), "--threads", "1");
        Assert.True(run.ExitCode == 0, run.ToString());
        JsonElement[] items = [.. File.ReadAllLines(folder.File("out", "items.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(18, items.Length);
        Assert.True(Mean("judge_hit", "moodifier") >= 0.75, $"{Mean("judge_hit", "moodifier")}");
        Assert.True(Mean("psnr_truth", "moodifier") > Mean("psnr_truth", "unedited") + 2);
        Assert.True(Mean("clip_target", "moodifier") > 80);
        Assert.Equal(0, Mean("ns_lpips", "unedited")); // over the suite's region, whatever the method worked with
        Assert.True(Mean("ns_lpips", "moodifier") > 0);
        JsonElement[] emotional = [.. Metadata.Read(folder.File("out", "runs", "moodifier", "metadata.jsonl")).Where(i => i.GetProperty("emotion").GetString() != "none")];
        Assert.Equal(3, emotional.Length);
        Assert.All(emotional, i => Assert.Equal("strict", i.GetProperty("parseStatus").GetString())); // the language model's own answer, nothing mended
        Assert.All(emotional, i => Assert.NotEmpty(i.GetProperty("stimuli").EnumerateArray()));

        double Mean(string metric, string method) =>
            items.Where(i => i.GetProperty("method").GetString() == method).Average(i => i.GetProperty("metrics").GetProperty(metric).GetDouble());
    }

    [Fact]
    public async Task Every_member_is_what_its_folder_says()
    {
        MoodpipeProcess.Outcome verify = await MoodpipeProcess.RunAsync(s_limit, "models", "verify", s_models);
        Assert.True(verify.ExitCode == 0, verify.ToString());
        foreach (string member in new[] { "captioner", "classifier", "clip", "diffusion", "dino", "lpips", "mllm" })
        {
            Assert.Contains(member, verify.Output + verify.Error, StringComparison.Ordinal);
            Assert.Contains("licence", await File.ReadAllTextAsync(Path.Combine(s_models, member, "README.md")), StringComparison.Ordinal);
        }
    }
}
