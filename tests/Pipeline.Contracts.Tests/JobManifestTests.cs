using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;

namespace Pipeline.Contracts.Tests;

public sealed class JobManifestTests
{
    private const string Full = """
        {"id":"img-000123","image":"s3://bucket/in/000123.jpg","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","emotions":["joy",{"emotion":"sadness","intensity":0.7,"seed":7}],"prompt":null,"source_prompt":"","mask":null,"stimuli":[{"source_phrase":"red rose"}],"domain":"object","method":"moodifier","inversion":"virtual","seed":1234,"num_variants":2,"params":{"steps":15,"kappa":1.0},"outputs":{"prefix":"s3://bucket/out/run-7/","format":"webp","keep":["mask"]},"evaluate":["lpips"],"labels":{"any":"string"},"priority":5}
        """;

    [Fact]
    public async Task A_full_line_is_read_completely()
    {
        JobLine line = (await Read(Full))[0].Value!;
        Assert.Equal("img-000123", line.Id);
        Assert.Equal(new string('a', 64), line.Sha256);
        Assert.Equal([("joy", 1.0, null), ("sadness", 0.7, 7L)], line.Emotions.Select(e => (e.Emotion, e.Intensity, e.Seed)));
        Assert.Null(line.Prompt);
        Assert.Equal("", line.SourcePrompt);
        Assert.Equal(15, line.Params!.Value.GetProperty("steps").GetInt32());
        Assert.Equal("webp", line.Outputs!.Format);
        Assert.Equal(2, line.NumVariants);
        Assert.Equal(5, line.Priority);
        Assert.Equal("string", line.Labels!["any"]);
    }

    [Fact]
    public async Task A_line_survives_writing_and_reading()
    {
        JobLine line = (await Read(Full))[0].Value!;
        string json = JsonSerializer.Serialize(line, ContractJson.Options);
        JobLine again = (await Read(json))[0].Value!;
        Assert.Equal(json, JsonSerializer.Serialize(again, ContractJson.Options));
    }

    [Fact]
    public async Task Blank_lines_comments_marks_and_line_ends_are_skipped_but_counted()
    {
        ManifestLine[] lines = await Read("\uFEFF# head\r\n\r\n" + Line("a") + "\r\n  \n  # note\n" + Line("b"));
        Assert.Equal([(3, "a"), (6, "b")], lines.Select(l => (l.Number, l.Value!.Id)));
    }

    [Theory]
    [InlineData("""{"id":"x"}""", ErrorCodes.ManifestField, 2)]
    [InlineData("""{"id":"x","image":"i","emotions":[]}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy",{"emotion":"fear","intensity":0}]}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy",{"emotion":"fear","intensity":1.5}]}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":[{"emotion":""}]}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"seed":-1}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"seed":1.5}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"priority":10}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"sha256":"12"}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"params":[]}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"outputs":{"format":"tiff"}}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"id":"y"}""", ErrorCodes.ManifestField, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy"],"colour":1}""", ErrorCodes.ManifestUnknownKey, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":[{"emotion":"joy","strength":1}]}""", ErrorCodes.ManifestUnknownKey, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["joy","JOY "]}""", ErrorCodes.ManifestDuplicate, 1)]
    [InlineData("""{"id":"x","image":"i","emotions":["\ud800"]}""", ErrorCodes.ManifestEncoding, 1)]
    [InlineData("""[1]""", ErrorCodes.ManifestSyntax, 1)]
    [InlineData("""{"id":""", ErrorCodes.ManifestSyntax, 1)]
    public async Task A_bad_line_is_reported_with_its_number_and_code(string text, string code, int count)
    {
        ManifestLine[] lines = await Read(Line("first") + "\n" + text + "\n" + Line("last"));
        Assert.Equal(["first", "last"], lines.Where(l => l.Value is not null).Select(l => l.Value!.Id));
        ManifestLine bad = Assert.Single(lines, l => l.Value is null);
        Assert.Equal(2, bad.Number);
        Assert.Equal(count, bad.Errors.Count);
        Assert.All(bad.Errors, e => Assert.Equal((2, code), (e.Line, e.Code)));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".")]
    [InlineData("a\\\\b")]
    [InlineData("a\\u0000b")]
    [InlineData("a\\nb")]
    [InlineData(" ")]
    public async Task Ids_that_could_leave_a_folder_are_refused(string id)
    {
        ManifestLine line = Assert.Single(await Read($$"""{"id":"{{id}}","image":"i","emotions":["joy"]}"""));
        Assert.NotEmpty(line.Errors);
    }

    [Fact]
    public async Task All_errors_of_a_line_are_reported_together()
    {
        ManifestLine line = Assert.Single(await Read("""{"id":7,"emotions":[1],"seed":"s","what":0}"""));
        Assert.Equal(5, line.Errors.Count);
    }

    [Fact]
    public async Task Unknown_keys_are_kept_when_lenient()
    {
        ManifestLine line = Assert.Single(await Read("""{"id":"x","image":"i","emotions":["joy"],"colour":{"a":1}}""", new ManifestReadOptions { Strict = false }));
        Assert.Equal(1, line.Value!.Extra!["colour"].GetProperty("a").GetInt32());
    }

    [Fact]
    public async Task The_same_edit_in_two_lines_names_the_first_line()
    {
        ManifestLine[] lines = await Read(Line("x") + "\n" + Line("y") + "\n" + Line("x"));
        ManifestError error = Assert.Single(Assert.Single(lines, l => l.Value is null).Errors);
        Assert.Equal((3, ErrorCodes.ManifestDuplicate), (error.Line, error.Code));
        Assert.Contains("already in line 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_spellings_of_one_emotion_are_duplicates_where_the_caller_knows_it()
    {
        var options = new ManifestReadOptions { EmotionIdentity = e => e is "awe" ? "admiration" : e };
        ManifestLine line = Assert.Single(await Read("""{"id":"x","image":"i","emotions":["awe","admiration"]}""", options));
        Assert.Equal(ErrorCodes.ManifestDuplicate, Assert.Single(line.Errors).Code);
    }

    [Fact]
    public async Task A_line_over_the_limit_is_skipped_without_stopping()
    {
        string huge = Line(new string('x', 5000));
        ManifestLine[] lines = await Read(huge + "\n" + Line("b") + "\n" + huge, new ManifestReadOptions { MaxLineBytes = 1000 });
        Assert.Equal([ErrorCodes.ManifestLineTooLong, null, ErrorCodes.ManifestLineTooLong], lines.Select(FirstCode));
        Assert.Equal([1, 2, 3], lines.Select(l => l.Number));
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_an_error_of_the_line()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Line("a")), (byte)'\n', (byte)'{', 0xff, (byte)'}', (byte)'\n', .. Encoding.UTF8.GetBytes(Line("b"))];
        ManifestLine[] lines = await ReadBytes(bytes);
        Assert.Equal([null, ErrorCodes.ManifestEncoding, null], lines.Select(FirstCode));
    }

    [Fact]
    public void No_bytes_make_the_reader_throw_and_line_numbers_rise() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            noise =>
            {
                byte[] valid = Encoding.UTF8.GetBytes(Full);
                int cut = noise.Length == 0 ? 0 : noise[0] * valid.Length / 256;
                ManifestLine[] lines = ReadBytes([.. valid[..cut], .. noise, (byte)'\n', .. valid[cut..]]).GetAwaiter().GetResult();
                return lines.All(l => l.Value is null == l.Errors.Count > 0) && lines.Zip(lines.Skip(1)).All(p => p.First.Number < p.Second.Number);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Lines_split_the_same_however_the_stream_delivers_them()
    {
        string text = string.Join("\n", Enumerable.Range(0, 50).Select(i => Line($"id-{i}")));
        using var slow = new DribblingStream(Encoding.UTF8.GetBytes(text));
        int count = 0;
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(slow))
        {
            Assert.Equal($"id-{count++}", line.Value!.Id);
        }

        Assert.Equal(50, count);
    }

    private static string? FirstCode(ManifestLine line) => line.Errors.Count == 0 ? null : line.Errors[0].Code;

    private static string Line(string id) => $$"""{"id":"{{id}}","image":"{{id}}.png","emotions":["joy"]}""";

    private static Task<ManifestLine[]> Read(string text, ManifestReadOptions? options = null) => ReadBytes(Encoding.UTF8.GetBytes(text), options);

    private static async Task<ManifestLine[]> ReadBytes(byte[] bytes, ManifestReadOptions? options = null)
    {
        var lines = new List<ManifestLine>();
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(new MemoryStream(bytes), options))
        {
            lines.Add(line);
        }

        return [.. lines];
    }

    private sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(7, buffer.Length)], cancellationToken);
    }
}
