using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Integration.Tests;

/// <summary>The commands of the README, as written there.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_edits_scenes_and_photographs_and_says_where_the_report_is_and_what_to_expect()
    {
        using TemporaryFolder folder = new();
        MoodpipeProcess.Outcome demo = await MoodpipeProcess.RunAsync(TimeSpan.FromMinutes(8), "demo", "--out", folder.Path);
        Assert.True(demo.ExitCode == 0, demo.ToString());
        string report = folder.File("out", "report.html");
        Assert.Contains(report, demo.Error + demo.Output, StringComparison.Ordinal);
        Assert.Contains("knows only its own drawn world", await File.ReadAllTextAsync(report), StringComparison.Ordinal);
        IReadOnlyList<JsonElement> items = Metadata.Read(folder.File("out", "metadata.jsonl"));
        Assert.Equal(24, items.Count);
        Assert.All(items, item => Assert.Equal("ok", item.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Doctor_finds_the_engine_and_the_libraries()
    {
        MoodpipeProcess.Outcome doctor = await MoodpipeProcess.RunAsync(TimeSpan.FromMinutes(1), "doctor", "--json");
        Assert.True(doctor.ExitCode == 0, doctor.ToString());
        Assert.All(
            JsonDocument.Parse(doctor.Output).RootElement.EnumerateArray(),
            check => Assert.NotEqual("fail", check.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Every_command_explains_itself_with_examples_and_exit_codes()
    {
        foreach (string command in new[] { "run", "demo", "doctor", "parity" })
        {
            MoodpipeProcess.Outcome help = await MoodpipeProcess.RunAsync(TimeSpan.FromMinutes(1), command, "--help");
            Assert.True(help.ExitCode == 0, help.ToString());
            Assert.Contains("Examples:", help.Output, StringComparison.Ordinal);
            Assert.Contains("130 interrupted", help.Output, StringComparison.Ordinal);
        }
    }
}
