using System.Formats.Tar;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Evaluation.Selection;
using Pipeline.Imaging;
using Pipeline.Stages.Exporting;
using Pipeline.Storage;
using Pipeline.Storage.Objects;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3;

namespace Pipeline.Stages.Tests.Exporting;

public sealed class DataSetExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly IObjectSpace source;
    private int places;

    public DataSetExportTests() => source = Space("source");

    public void Dispose()
    {
        source.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Gates_keep_what_fulfils_them_and_list_the_rest_with_reasons()
    {
        await WriteAsync([
            Edit("a", "joy", 1, ("clip", 0.3), ("lpips", 0.2)), Edit("b", "joy", 2, ("clip", 0.05), ("lpips", 0.2)), Edit("c", "joy", 3, ("clip", 0.3), ("lpips", 0.9)),
            Edit("d", "joy", 4, ("lpips", 0.1)), Failed("e")]);
        (ExportReport report, string place) = await ExportAsync(new ExportOptions { Accept = [MetricRule.Parse("clip>=0.1")], Reject = [MetricRule.Parse("lpips>0.5")] });
        Assert.Equal((5, 1), (report.Items, report.Exported));
        Assert.Equal([("failed", 1), ("gate", 3)], report.Rejected.Select(r => (r.Key, (int)r.Value)));
        Rejection[] rejected = [.. File.ReadLines(folder.File($"{place}/rejected.jsonl")).Select(l => ContractJson.Deserialize<Rejection>(Encoding.UTF8.GetBytes(l)))];
        Assert.Equal(["b", "c", "d", "e"], rejected.Select(r => r.Id));
        Assert.Equal(
            ["clip>=0.1 is asked for, clip is 0.05", "lpips>0.5 rejects, lpips is 0.9", "clip>=0.1 is asked for and there is no clip", "PIPE1105"], rejected.Select(r => r.Detail));
        Assert.Equal(["images/joy/a.png"], Records($"{place}/metadata.jsonl").Select(r => r.FileName));
        Assert.True(File.Exists(folder.File($"{place}/images/joy/a.png")));
        Assert.False(File.Exists(folder.File($"{place}/images/joy/b.png")));
    }

    [Fact]
    public async Task A_metric_that_no_edit_has_is_refused_with_the_names_that_there_are()
    {
        await WriteAsync([Edit("a", "joy", 1, ("clip", 0.3))]);
        ExportException e = await Assert.ThrowsAsync<ExportException>(() => ExportAsync(new ExportOptions { Accept = [MetricRule.Parse("clipp>=0.1")] }));
        Assert.Contains("'clipp'", e.Message, StringComparison.Ordinal);
        Assert.Contains("clip", e.Message[(e.Message.IndexOf(';', StringComparison.Ordinal))..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_near_duplicates_of_a_label_the_best_stays()
    {
        await WriteAsync([
            Edit("a", "joy", 1, ("clip", 0.1)), Edit("b", "joy", 1, ("clip", 0.3)), Edit("c", "joy", 1, ("clip", 0.2)), Edit("d", "fear", 1, ("clip", 0.1)), Edit("e", "joy", 2, ("clip", 0.1))]);
        (ExportReport best, string place) = await ExportAsync(new ExportOptions { DuplicateBits = 4, BestBy = "clip" });
        Assert.Equal(["b", "d", "e"], Records($"{place}/metadata.jsonl").Select(r => r.Id));
        Assert.Equal(2, best.Rejected["duplicate"]);
        Assert.Contains("images/joy/b.png", File.ReadAllText(folder.File($"{place}/rejected.jsonl")), StringComparison.Ordinal);
        (_, place) = await ExportAsync(new ExportOptions { DuplicateBits = 4, BestBy = "clip", LowerIsBetter = true });
        Assert.Equal(["a", "d", "e"], Records($"{place}/metadata.jsonl").Select(r => r.Id));
        (_, place) = await ExportAsync(new ExportOptions { DuplicateBits = 4 });
        Assert.Equal(["a", "d", "e"], Records($"{place}/metadata.jsonl").Select(r => r.Id));
    }

    [Fact]
    public void Every_edit_of_a_source_is_in_one_split_and_none_is_lost() => Prop.ForAll(
        Gen.Choose(1, 12).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(),
        (sources, seed) =>
        {
            string[] emotions = ["joy", "fear", "awe"];
            WriteAsync([.. Enumerable.Range(0, sources).SelectMany(s => emotions.Select(e => Edit($"p{s}", e, s % 3)))]).GetAwaiter().GetResult();
            (ExportReport report, string place) = ExportAsync(new ExportOptions { Splits = SplitPlan.Parse("train=0.5,val=0.3,test=0.2", $"{seed}") }).GetAwaiter().GetResult();
            var splits = report.Splits.Keys.ToDictionary(s => s, s => Records($"{place}/{s}/metadata.jsonl").ToArray());
            bool whole = splits.Values.Sum(s => s.Length) == sources * 3 && splits.Values.SelectMany(s => s).Select(r => (r.Id, r.Emotion)).Distinct().Count() == sources * 3;
            // The two names of one picture count as one source as well.
            bool together = splits.SelectMany(s => s.Value.Select(r => (r.SourceSha256, s.Key))).Distinct().GroupBy(p => p.SourceSha256).All(g => g.Count() == 1);
            bool files = splits.All(s => s.Value.All(r => File.Exists(folder.File($"{place}/{s.Key}/{r.FileName}"))));
            return whole && together && files;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(12));

    [Fact]
    public async Task Shards_are_byte_identical_and_a_foreign_reader_understands_them()
    {
        await WriteAsync([.. Enumerable.Range(0, 7).Select(i => Edit($"p.{i}/ü", "joy", i, ("clip", i)) with { Caption = i % 2 == 0 ? $"caption ü {i}" : null })], masks: true);
        var options = new ExportOptions { Format = ExportFormat.WebDataset, ShardSamples = 3, Parallel = 4 };
        (ExportReport report, string place) = await ExportAsync(options);
        (ExportReport again, string second) = await ExportAsync(options with { Parallel = 1 });
        Assert.Equal(["rejected.jsonl", "shard-00000.tar", "shard-00001.tar", "shard-00002.tar"], report.Files.Keys);
        Assert.Equal(report.Files, again.Files);
        foreach ((string file, string digest) in report.Files)
        {
            Assert.Equal(digest, Sha256Digest.Of(await File.ReadAllBytesAsync(folder.File($"{place}/{file}"))));
            Assert.Equal(await File.ReadAllBytesAsync(folder.File($"{place}/{file}")), await File.ReadAllBytesAsync(folder.File($"{second}/{file}")));
        }

        ResultRecord[] records = [.. Records("source/metadata.jsonl")];
        int number = 0;
        foreach (string shard in report.Files.Keys.Where(k => k.EndsWith(".tar", StringComparison.Ordinal)))
        {
            foreach (IGrouping<string, (string Name, byte[] Content)> sample in Members(folder.File($"{place}/{shard}")).GroupBy(m => m.Name[..m.Name.IndexOf('.', StringComparison.Ordinal)]))
            {
                ResultRecord record = records[number];
                Dictionary<string, byte[]> parts = sample.ToDictionary(m => m.Name[(sample.Key.Length + 1)..], m => m.Content);
                Assert.Equal($"{number++:d9}", sample.Key);
                Assert.Equal(record.Output!.ImageSha256, Sha256Digest.Of(parts["png"]));
                Assert.Equal(record.Id, ContractJson.Deserialize<ResultRecord>(parts["json"]).Id);
                Assert.Equal("joy", Encoding.UTF8.GetString(parts["label.txt"]));
                Assert.Equal(record.Caption, parts.TryGetValue("txt", out byte[]? caption) ? Encoding.UTF8.GetString(caption) : null);
                Assert.True(parts.ContainsKey("mask.png"));
            }
        }

        Assert.Equal(7, number);
    }

    [Fact]
    public async Task A_bucket_gets_the_same_bytes_as_a_folder_and_an_export_anew_leaves_nothing_of_the_old()
    {
        await WriteAsync([.. Enumerable.Range(0, 5).Select(i => Edit($"p{i}", "joy", i))]);
        await using S3Server server = await S3Server.StartAsync(new S3ServerOptions { Root = folder.File("server"), FlushToDisk = false });
        server.Storage.CreateBucket("sets");
        using IObjectSpace bucket = ObjectSpaces.Open("s3://sets/a", new StoreOptions { S3 = new S3Access { ServiceUrl = server.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } });
        var options = new ExportOptions { Format = ExportFormat.WebDataset, ShardSamples = 1 };
        (ExportReport local, _) = await ExportAsync(options);
        ExportReport remote = await new DataSetExport(source, bucket, options).RunAsync(default);
        Assert.Equal(local.Files, remote.Files);
        await new DataSetExport(source, bucket, options with { ShardSamples = 10 }).RunAsync(default);
        Assert.Equal(["a/export.json", "a/rejected.jsonl", "a/shard-00000.tar"], server.Storage.List("sets").Select(o => o.Key));
    }

    [Fact]
    public async Task A_damaged_or_hostile_data_set_is_refused_and_leaves_no_summary()
    {
        await WriteAsync([Edit("a", "joy", 1), Edit("b", "joy", 2)]);
        File.WriteAllBytes(folder.File("source/images/joy/b.png"), Png(9));
        ExportException e = await Assert.ThrowsAsync<ExportException>(() => ExportAsync(new ExportOptions()));
        Assert.Contains("images/joy/b.png", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File($"out{places}/export.json")));

        foreach (string hostile in new[] { "../../etc/passwd", "/etc/passwd", "images/../../x" })
        {
            await WriteLinesAsync([Edit("a", "joy", 1) with { FileName = hostile }]);
            await Assert.ThrowsAsync<ExportException>(() => ExportAsync(new ExportOptions()));
        }

        File.WriteAllText(folder.File("source/metadata.jsonl"), "{\"label\": 3}\n");
        Assert.Contains("line 1", (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(new ExportOptions()))).Message, StringComparison.Ordinal);
        using IObjectSpace empty = Space("none");
        await Assert.ThrowsAsync<ExportException>(() => new DataSetExport(empty, source, new ExportOptions()).RunAsync(default));
        await Assert.ThrowsAsync<ExportException>(() => new DataSetExport(source, source, new ExportOptions()).RunAsync(default));
    }

    private async Task<(ExportReport Report, string Place)> ExportAsync(ExportOptions options)
    {
        string place = $"out{++places}";
        using IObjectSpace target = Space(place);
        return (await new DataSetExport(source, target, options).RunAsync(default), place);
    }

    private IObjectSpace Space(string name) => ObjectSpaces.Open(folder.File(name), new StoreOptions { FlushToDisk = false });

    private async Task WriteAsync(ResultRecord[] edits, bool masks = false)
    {
        var lines = new List<ResultRecord>();
        foreach (ResultRecord edit in edits)
        {
            if (edit.FileName is not { } file)
            {
                lines.Add(edit);
                continue;
            }

            byte[] png = Png((int)edit.Seed);
            await source.PutAsync(file, png, "image/png", default);
            string mask = file.Replace("images/", "masks/", StringComparison.Ordinal);
            if (masks)
            {
                await source.PutAsync(mask, Png(1000 + (int)edit.Seed), "image/png", default);
            }

            lines.Add(edit with { Output = new ResultOutput { Image = file, ImageSha256 = Sha256Digest.Of(png), Mask = masks ? mask : null } });
        }

        await WriteLinesAsync(lines);
    }

    private Task WriteLinesAsync(IEnumerable<ResultRecord> lines) =>
        source.PutAsync("metadata.jsonl", Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => Encoding.UTF8.GetString(ContractJson.Serialize(l)) + "\n"))), "x", default);

    private IEnumerable<ResultRecord> Records(string file) => File.ReadLines(folder.File(file)).Select(l => ContractJson.Deserialize<ResultRecord>(Encoding.UTF8.GetBytes(l)));

    private static ResultRecord Edit(string id, string emotion, int picture, params (string Name, double Value)[] metrics) => new()
    {
        FileName = $"images/{emotion}/{Stages.Collecting.FileNames.Encode(id)}.png",
        Label = emotion,
        SourceId = id,
        SourceSha256 = Sha256Digest.Of(BitConverter.GetBytes(picture)),
        Id = id,
        Emotion = emotion,
        Status = ResultStatus.Ok,
        Seed = picture,
        Metrics = metrics.ToDictionary(m => m.Name, m => m.Value),
    };

    private static ResultRecord Failed(string id) => new()
    {
        Label = "joy", SourceId = id, Id = id, Emotion = "joy", Status = ResultStatus.Failed, Error = new ResultError { Code = "PIPE1105", Stage = "prompt", Message = "m" },
    };

    private static byte[] Png(int seed)
    {
        var image = new RgbImage(48, 48);
        var random = new Xorshift((ulong)seed + 1);
        byte[] cells = new byte[36];
        random.Fill(cells);
        for (int i = 0; i < 48 * 48; i++)
        {
            image.Pixels.AsSpan(3 * i, 3).Fill(cells[(i / 48 / 8 * 6) + (i % 48 / 8)]);
        }

        return ImageCodec.Default.Encode(image, EncodeOptions.Png);
    }

    private static List<(string Name, byte[] Content)> Members(string path)
    {
        var members = new List<(string, byte[])>();
        using FileStream file = File.OpenRead(path);
        using var tar = new TarReader(file);
        while (tar.GetNextEntry() is { } entry)
        {
            Assert.Equal((TarEntryType.RegularFile, DateTimeOffset.UnixEpoch, 0), (entry.EntryType, entry.ModificationTime, entry.Uid));
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            members.Add((entry.Name, content.ToArray()));
        }

        return members;
    }
}
