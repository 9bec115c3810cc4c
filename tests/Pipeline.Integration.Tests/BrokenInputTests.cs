using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Integration.Tests;

/// <summary>Every kind of broken input ends as a clear item or line error; the rest of the job completes; exit code 1.</summary>
public sealed class BrokenInputTests(TinyModels models) : IClassFixture<TinyModels>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    // One pixel; and one pixel of data behind a header that claims 60,000 x 60,000.
    private const string DotPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4kWIEAANWAV/oF4RSAAAAAElFTkSuQmCC";

    private const string BombPng = "iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgCAIAAAAPsOIVAAAADElEQVR4nGM4kWIEAANWAV/oF4RSAAAAAElFTkSuQmCC";

    [Fact]
    public async Task Broken_pictures_fail_alone_with_a_reason()
    {
        using TemporaryFolder folder = new();
        string photo = folder.File("in", "good.png");
        Directory.CreateDirectory(folder.File("in"));
        File.Copy(Path.Combine(Fixtures.RepositoryRoot, "samples", "photos", "chelsea.png"), photo);
        byte[] whole = await File.ReadAllBytesAsync(photo);
        await File.WriteAllBytesAsync(folder.File("in", "empty.png"), []);
        await File.WriteAllBytesAsync(folder.File("in", "truncated.png"), whole[..(whole.Length / 2)]);
        await File.WriteAllTextAsync(folder.File("in", "text.jpg"), "this is not a picture");
        await File.WriteAllBytesAsync(folder.File("in", "bomb.png"), Convert.FromBase64String(BombPng));
        await File.WriteAllBytesAsync(folder.File("in", "dot.png"), Convert.FromBase64String(DotPng));
        File.Copy(Fixtures.Path("images", "cmyk.jpg"), folder.File("in", "cmyk.jpg"));
        File.Copy(Fixtures.Path("images", "rgb16.png"), folder.File("in", "deep.png"));
        File.Copy(Fixtures.Path("images", "animated.gif"), folder.File("in", "animated.gif"));
        string missing = folder.File("in", "does-not-exist.png");

        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(
            Limit, "run", folder.File("in"), missing, "--emotions", "joy", "--models", models.Path, "--out", folder.File("out"), "--steps", "2");

        Assert.True(run.ExitCode == 1, run.ToString());
        Dictionary<string, JsonElement> items = Metadata.Read(folder.File("out", "metadata.jsonl")).ToDictionary(item => item.GetProperty("id").GetString()!);
        Assert.Equal(10, items.Count);
        foreach (string good in new[] { "good", "cmyk", "deep", "animated" })
        {
            Assert.True(items[good].GetProperty("status").GetString() == "ok", items[good].ToString());
        }

        foreach ((string id, string expected) in new[]
        {
            ("empty", "empty"), ("truncated", "truncated"), ("text", "no picture"), ("bomb", "60000"), ("dot", "1x1"), ("does-not-exist", "not exist"),
        })
        {
            JsonElement error = items[id].GetProperty("error");
            Assert.Equal("failed", items[id].GetProperty("status").GetString());
            Assert.StartsWith("PIPE", error.GetProperty("code").GetString(), StringComparison.Ordinal);
            Assert.Contains(expected, error.GetProperty("message").GetString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Bad_manifest_lines_are_named_and_the_good_ones_done()
    {
        using TemporaryFolder folder = new();
        string photo = Path.Combine(Fixtures.RepositoryRoot, "samples", "photos", "chelsea.png");
        string manifest = folder.File("job.jsonl");
        await File.WriteAllLinesAsync(manifest,
        [
            "# a comment",
            JsonSerializer.Serialize(new { id = "cat", image = photo, emotions = new[] { "joy" } }),
            "{ this is not json",
            JsonSerializer.Serialize(new { id = "cat", image = photo, emotions = new[] { "joy" } }),
            JsonSerializer.Serialize(new { id = "no-image", emotions = new[] { "joy" } }),
            JsonSerializer.Serialize(new { id = "odd", image = photo, emotions = new[] { "no-such-emotion" } }),
        ]);

        MoodpipeProcess.Outcome run = await MoodpipeProcess.RunAsync(
            Limit, "run", "--manifest", manifest, "--models", models.Path, "--out", folder.File("out"), "--steps", "2");

        Assert.True(run.ExitCode == 1, run.ToString());
        string everything = run.Output + run.Error;
        foreach (string line in new[] { "line 3", "line 4", "line 5" })
        {
            Assert.Contains(line, everything, StringComparison.Ordinal);
        }

        IReadOnlyList<JsonElement> items = Metadata.Read(folder.File("out", "metadata.jsonl"));
        Assert.Equal([("cat", "ok"), ("odd", "failed")], items.Select(item => (item.GetProperty("id").GetString()!, item.GetProperty("status").GetString()!)));
        Assert.Equal("PIPE1203", items[1].GetProperty("error").GetProperty("code").GetString());
    }
}
