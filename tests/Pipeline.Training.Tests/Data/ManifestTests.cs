using System.Security.Cryptography;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using Pipeline.TestKit;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Runs;

namespace Pipeline.Training.Tests.Data;

public sealed class ManifestTests
{
    [Fact]
    public void Lines_without_a_split_go_by_the_digest_of_their_picture_so_that_copies_stay_together()
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 60);
        List<string> lines = [];
        for (int i = 0; i < 60; i++)
        {
            File.Copy(folder.File($"{i}.png"), folder.File($"copy-{i}.png"));
            lines.Add($$"""{"image": "{{i}}.png"}""");
            string digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder.File($"{i}.png"))));
            lines.Add($$"""{"file_name": "copy-{{i}}.png", "sha256": "{{digest}}"}""");
        }

        File.WriteAllLines(folder.File("m.jsonl"), lines);
        using ManifestData data = Open(folder, new ManifestOptions { HeldOutShare = 0.3 }, heldOut: 1_000);
        string[] held = Names(data.HeldOutLines), trained = Names(data.Lines);
        Assert.Equal(120, held.Length + trained.Length);
        Assert.InRange(held.Length, 12, 60);                                        // 36 on average, deviation 7
        Assert.All(held.Where(n => !n.StartsWith("copy", StringComparison.Ordinal)), n => Assert.Contains("copy-" + n, held));
        Assert.Empty(held.Intersect(trained));
    }

    [Fact]
    public void A_small_set_holds_its_lowest_picture_out_with_its_copies()
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 5);
        File.WriteAllLines(folder.File("m.jsonl"), Enumerable.Range(0, 10).Select(i => $$"""{"image": "{{i % 5}}.png", "id": {{i}} }"""));
        using ManifestData data = Open(folder, new ManifestOptions { HeldOutShare = 1e-9 });
        string lowest = Enumerable.Range(0, 5).Select(i => $"{i}.png").MinBy(f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(folder.File(f)))), StringComparer.Ordinal)!;
        Assert.Equal([lowest, lowest], Names(data.HeldOutLines));
        Assert.Equal(8, data.Training.Count);
        Assert.Contains("both sides", Assert.Throws<TrainingException>(() => Open(folder, new ManifestOptions { HeldOutShare = 0 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_holds_offsets_of_lines_whatever_ends_them_and_the_last_may_end_nowhere()
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 4);
        string Line(int i, string split, int pad) => $$"""{"split": "{{split}}", "note": "{{new string('x', pad)}}", "image": "{{i}}.png", "caption": "c{{i}}", "labels": {"a": [1] } }""";
        File.WriteAllText(folder.File("m.jsonl"), "\uFEFF" + Line(0, "train", 5) + "\r\n\n" + Line(1, "test", 900_000) + "\n  \n" + Line(2, "train", 700_000) + "\n" + Line(3, "train", 2_030));
        using ManifestData data = Open(folder);
        Assert.Equal((3, 1), (data.Training.Count, data.HeldOut.Count));
        Assert.Equal(["c0", "c2", "c3"], [data.Training.Caption(0, 7), data.Training.Caption(1, 7), data.Training.Caption(2, 7)]);
        Assert.Equal("c1", data.HeldOut.Caption(0, 7));

        File.WriteAllText(folder.File("m.jsonl"), Line(0, "train", 1 << 20));
        Assert.Contains("longer than", Assert.Throws<TrainingException>(() => Open(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"caption": "a dog"}""", ":2: names no picture")]
    [InlineData("""{"image": 3}""", ":2: 'image' must be a string")]
    [InlineData("""{"image": "s3://bucket/a.png"}""", "fetch the pictures first")]
    [InlineData("""{"image": "0.png", "split": "maybe"}""", "split 'maybe' is unknown")]
    [InlineData("""{"image": "0.png", "sha256": "12"}""", "64 hexadecimal digits")]
    [InlineData("""{"image": "0.png", "captions": "one"}""", "list of strings")]
    [InlineData("""["0.png"]""", "not a JSON object")]
    [InlineData("""{"image": """, "not a JSON object")]
    [InlineData("""{"image": "0.png", "split": "train"}""", "has no caption")]
    public void A_line_that_cannot_be_used_is_named_with_its_number(string line, string expected)
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 1);
        File.WriteAllLines(folder.File("m.jsonl"), ["""{"image": "0.png", "split": "val", "caption": "a dog"}""", line]);
        TrainingException error = Assert.Throws<TrainingException>(() => Open(folder, needs: ManifestNeeds.Caption));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("m.jsonl", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_is_resized_as_pillow_does_it_and_its_middle_is_taken()
    {
        using TemporaryFolder folder = new();
        File.Move(PictureFolder.OfGradients(folder, 6), folder.File("m.jsonl"));
        using ManifestData data = Open(folder);
        RgbImage original = ImageCodec.Default.DecodeFile(folder.File("4.png"));     // 32x45; number 3 of the training lines
        RgbImage expected = PillowResize.Resize(original, 16, 22).Crop(0, 3, 16, 16);
        Assert.Equal(expected.Pixels, data.Training.Picture(3, 0)!.Pixels);
        Assert.Equal(expected.Pixels, data.Training.Picture(3, 5)!.Pixels);
    }

    [Fact]
    public void Random_crops_lie_in_the_picture_change_with_the_epoch_and_are_the_same_when_asked_again()
    {
        using TemporaryFolder folder = new();
        File.Move(PictureFolder.OfGradients(folder, 6), folder.File("m.jsonl"));
        using ManifestData data = Open(folder, new ManifestOptions { Crop = CropMode.Random, Flip = true });
        byte[][] seen = [.. Enumerable.Range(0, 40).Select(e => data.Training.Picture(3, e)!.Pixels)];
        Assert.Equal(seen, Enumerable.Range(0, 40).Select(e => data.Training.Picture(3, e)!.Pixels));
        int different = seen.Select(Convert.ToHexString).Distinct().Count();
        Assert.InRange(different, 8, 14);                                           // seven places, mirrored or not
        Assert.Equal(data.HeldOut.Picture(0, 0)!.Pixels, data.HeldOut.Picture(0, 9)!.Pixels);

        RgbImage scaled = PillowResize.Resize(ImageCodec.Default.DecodeFile(folder.File("4.png")), 16, 22);
        HashSet<string> possible = [.. Enumerable.Range(0, 7).SelectMany(y => new[] { scaled.Crop(0, y, 16, 16), Mirror(scaled.Crop(0, y, 16, 16)) }).Select(p => Convert.ToHexString(p.Pixels))];
        Assert.All(seen, p => Assert.Contains(Convert.ToHexString(p), possible));
    }

    [Fact]
    public void Broken_pictures_are_named_once_replaced_by_the_next_and_end_the_run_beyond_the_limit()
    {
        using TemporaryFolder folder = new();
        File.Move(PictureFolder.OfGradients(folder, 8, 2, 3), folder.File("m.jsonl"));
        List<string> said = [];
        TrainingConfig config = Config(folder, new ManifestOptions { BrokenLimit = 2 }).In(new TrainingSurroundings { Say = said.Add });
        using (ManifestData data = ManifestData.Open(config, 16, ManifestNeeds.Picture))
        {
            for (int round = 0; round < 2; round++)
            {
                // Training lines are 1 2 3 4 6 7.
                Assert.Equal([0, 3, 3, 3], data.Training.Read([new Sample(0, 0), new Sample(1, 0), new Sample(2, 0), new Sample(3, 0)]).Select(p => p.Number));
            }
        }

        Assert.Equal(2, said.Count);
        Assert.Contains("2.png", said[0], StringComparison.Ordinal);
        Assert.Contains("2 of at most 2: 3.png", said[1], StringComparison.Ordinal);

        using ManifestData strict = Open(folder, new ManifestOptions { BrokenLimit = 1 });
        Assert.Contains("brokenLimit", Assert.Throws<TrainingException>(() => strict.Training.Read([new Sample(1, 0)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_in_place_of_a_picture_is_broken_and_never_waited_for()
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 2);
        File.WriteAllLines(folder.File("m.jsonl"), ["""{"image": "/dev/zero", "split": "train"}""", """{"image": "1.png", "split": "train"}""", """{"image": "0.png", "split": "val"}"""]);
        using ManifestData data = Open(folder);
        Assert.Null(data.Training.Picture(0, 0));
    }

    [Fact]
    public void An_index_is_kept_in_the_runs_folder_and_made_anew_for_another_manifest_or_when_it_was_changed()
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 30);
        File.WriteAllLines(folder.File("m.jsonl"), Enumerable.Range(0, 30).Select(i => $$"""{"image": "{{i}}.png"}"""));
        TrainingConfig config = Config(folder, new ManifestOptions { HeldOutShare = 0.3 }).In(new TrainingSurroundings { Folder = folder.File("run") });
        (string[] Trained, string Digest) first = Sides(config);
        Directory.CreateDirectory(folder.File("away"));
        string[] files = [.. Enumerable.Range(0, 30).Select(i => $"{i}.png")];
        Array.ForEach(files, f => File.Move(folder.File(f), folder.File("away", f)));
        Assert.Equal(first, Sides(config), Same);                                   // no picture was read again

        Array.ForEach(files, f => File.Move(folder.File("away", f), folder.File(f)));
        byte[] index = File.ReadAllBytes(folder.File("run", "data.index"));
        File.WriteAllBytes(folder.File("run", "data.index"), [.. index[..^1], (byte)(index[^1] ^ 1)]);
        Assert.Equal(first, Sides(config), Same);
        Assert.Equal(index, File.ReadAllBytes(folder.File("run", "data.index")));

        File.AppendAllText(folder.File("m.jsonl"), """{"image": "0.png"}""");
        Assert.NotEqual(first.Digest, Sides(config).Digest);
    }

    private static bool Same((string[] Trained, string Digest) a, (string[] Trained, string Digest) b) => a.Digest == b.Digest && a.Trained.SequenceEqual(b.Trained);

    private static (string[] Trained, string Digest) Sides(TrainingConfig config)
    {
        using ManifestData data = ManifestData.Open(config, 16, ManifestNeeds.Picture);
        return (Names(data.Lines), data.Digest);
    }

    private static TrainingConfig Config(TemporaryFolder folder, ManifestOptions? options = null) => TrainingFixture.TenSteps.On(folder.File("m.jsonl"), options);

    private static ManifestData Open(TemporaryFolder folder, ManifestOptions? options = null, int heldOut = 4, ManifestNeeds needs = ManifestNeeds.Picture)
    {
        TrainingConfig config = Config(folder, options);
        return ManifestData.Open(config with { Data = config.Data with { HeldOut = heldOut } }, 16, needs);
    }

    private static string[] Names(ManifestSet set) => [.. Enumerable.Range(0, set.Count).Select(i => set.Line(i).Image)];

    private static RgbImage Mirror(RgbImage image)
    {
        RgbImage mirrored = new(image.Width, image.Height);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            (int pixel, int channel) = Math.DivRem(i, 3);
            (int y, int x) = Math.DivRem(pixel, image.Width);
            mirrored.Pixels[(((y * image.Width) + image.Width - 1 - x) * 3) + channel] = image.Pixels[i];
        }

        return mirrored;
    }
}
