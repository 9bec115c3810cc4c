using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.Reports;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.Tests;

public sealed partial class HtmlReportTests
{
    private static readonly byte[] Picture = ImageCodec.Default.Encode(Gradient(80, 40), EncodeOptions.Png);

    [Fact]
    public void Equal_documents_give_equal_bytes() => Assert.Equal(Write(Item("a"), Item("b")), Write(Item("a"), Item("b")));

    [Fact]
    public void Everything_is_inside_the_file()
    {
        string html = Write(Item("a"));
        Assert.DoesNotContain("http://", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https://", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"<script[^>]*\ssrc=", html);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_texts_stay_texts()
    {
        const string Attack = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&\u2028";
        ReportItem item = Item("</script>") with
        {
            Emotion = "<b>joy</b>", SourcePrompt = Attack, TargetPrompt = Attack, Caption = Attack, Notes = [Attack], Status = ReportStatus.Failed,
            Error = new ReportError("<i>", "\"", Attack), Metrics = new Dictionary<string, MetricValue> { ["<script>"] = 1 },
        };
        string html = Write(new ReportDocument { Title = Attack, Subtitle = Attack, Items = [item], Facts = [new(Attack, Attack)] });
        Assert.DoesNotContain("alert(1)</script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>joy", html, StringComparison.Ordinal);
        // One script each for index and page, and one a picture: no text has opened or closed one.
        Assert.Equal(Pictures(html).Count + 2, Regex.Count(html, "<script"));
        Assert.Equal(Regex.Count(html, "<script"), Regex.Count(html, "</script>"));
        Assert.Equal(Attack, Index(html).GetProperty("items")[0].GetProperty("caption").GetString());
    }

    [Fact]
    public void A_picture_before_is_stored_once_for_all_its_emotions()
    {
        string html = Write(Item("a"), Item("a") with { Emotion = "awe" }, Item("a") with { Emotion = "fear" });
        JsonElement items = Index(html).GetProperty("items");
        Assert.Single(items.EnumerateArray().Select(i => i.GetProperty("before").GetInt32()).Distinct());
        // before, map, after
        Assert.Equal(3, Pictures(html).Count);
    }

    [Fact]
    public void Thumbnails_are_the_pictures_made_small_and_the_map_lies_over_the_picture_before()
    {
        string html = Write(new ReportDocument { Title = "t", Items = [Item("a")] }, new ReportOptions { ThumbnailSide = 20 });
        List<RgbImage> pictures = [.. Pictures(html).Select(p => ImageCodec.Default.Decode(p, DecodeLimits.Default))];
        Assert.All(pictures, p => Assert.Equal((20, 10), (p.Width, p.Height)));
        JsonElement item = Index(html).GetProperty("items")[0];
        RgbImage before = pictures[item.GetProperty("before").GetInt32()], map = pictures[item.GetProperty("map").GetInt32()];
        // The map covers the right half: left the picture shows, right the colours.
        Assert.InRange(Difference(before, map, 0, 8), 0, 8);
        Assert.InRange(Difference(before, map, 12, 20), 25, 255);
        Assert.Equal(1.5, item.GetProperty("aspect").GetDouble());
    }

    [Fact]
    public void A_broken_picture_becomes_a_note_and_not_a_failure()
    {
        JsonElement item = Index(Write(Item("a") with { Before = ReportImage.FromBytes([1, 2, 3], "broken.jpg"), After = ReportImage.FromFile("/nowhere/x.png") })).GetProperty("items")[0];
        Assert.Equal((-1, -1), (item.GetProperty("before").GetInt32(), item.GetProperty("after").GetInt32()));
        Assert.True(item.GetProperty("map").GetInt32() >= 0);
        Assert.Contains("broken.jpg", item.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(2, item.GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public void Scores_are_numbers_or_say_why_there_is_none()
    {
        JsonElement index = Index(Write(
            Item("a") with { Metrics = new Dictionary<string, MetricValue> { ["psnr"] = MetricValue.Identical, ["clip_target"] = 27.123456789 } },
            Item("b") with { Metrics = new Dictionary<string, MetricValue> { ["mse"] = MetricValue.Missing } }));
        Assert.Equal(["clip_target", "psnr", "mse"], index.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        Assert.Equal([false, false, true], index.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("lower").GetBoolean()));
        Assert.Equal("[27.123457,\"identical\",null]", index.GetProperty("items")[0].GetProperty("scores").GetRawText());
        Assert.Equal("[null,null,\"none\"]", index.GetProperty("items")[1].GetProperty("scores").GetRawText());
    }

    [Fact]
    public void The_table_needs_no_script_and_counts_failures_against_coverage()
    {
        string html = Write(
            Item("a") with { Metrics = new Dictionary<string, MetricValue> { ["psnr"] = 30 } },
            Item("b") with { Status = ReportStatus.Failed, After = null },
            Item("c") with { Status = ReportStatus.Skipped, After = null });
        Assert.Contains("<tr class=\"all\"><th>all</th><td>2</td><td>50 %</td>", html, StringComparison.Ordinal);
        Assert.Contains("title=\"95 % interval 30.00 to 30.00, n 1,", html, StringComparison.Ordinal);
        Assert.Contains("<b>1</b><span>failed</span>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_nothing_is_still_a_page()
    {
        string html = Write(new ReportDocument { Title = "empty", Items = [] });
        Assert.Equal(0, Index(html).GetProperty("items").GetArrayLength());
        Assert.EndsWith("</html>\n", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_items_get_smaller_thumbnails_so_that_the_file_stays_loadable()
    {
        var options = new ReportOptions();
        Assert.Equal(512, options.SideFor(1));
        Assert.Equal(128, options.SideFor(10_000));
        Assert.Equal(64, (options with { ThumbnailSide = 64 }).SideFor(1));
        int last = int.MaxValue;
        foreach (int count in new[] { 10, 300, 1000, 3000, 10_000, 1_000_000 })
        {
            Assert.InRange(options.SideFor(count), 128, last);
            last = options.SideFor(count);
        }
    }

    [Fact]
    public void Pictures_are_read_one_item_after_the_other()
    {
        int alive = 0, most = 0;
        IEnumerable<ReportItem> Items()
        {
            for (int i = 0; i < 5; i++)
            {
                alive++;
                yield return Item("x" + i) with { Before = ReportImage.FromSource(() => { most = Math.Max(most, alive); alive--; return Picture; }, "p") };
            }
        }

        Write(new ReportDocument { Title = "t", Items = Items(), ItemCount = 5 });
        Assert.Equal(1, most);
    }

    private static ReportItem Item(string id) => new()
    {
        Id = id, Emotion = "joy", Status = ReportStatus.Ok, Method = "moodifier",
        Before = ReportImage.FromBytes(Picture), After = ReportImage.FromBytes(ImageCodec.Default.Encode(new RgbImage(80, 40), EncodeOptions.Png)),
        Mask = ReportImage.FromBytes(MaskShapes.Boxes(80, 40, [new UnitBox(0.5, 0, 1, 1)]).EncodePng()),
        Seconds = [new("edit", 2.5)],
    };

    private static string Write(params ReportItem[] items) => Write(new ReportDocument { Title = "t", Items = items });

    private static string Write(ReportDocument document, ReportOptions? options = null)
    {
        using var stream = new MemoryStream();
        HtmlReport.Write(stream, document, options);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static JsonElement Index(string html)
    {
        using JsonDocument document = JsonDocument.Parse(IndexScript().Match(html).Groups[1].Value);
        return document.RootElement.Clone();
    }

    private static List<byte[]> Pictures(string html) => [.. PictureScript().Matches(html).Select(m => Convert.FromBase64String(m.Groups[1].Value))];

    private static double Difference(RgbImage a, RgbImage b, int from, int to) =>
        Enumerable.Range(0, a.Height).SelectMany(y => Enumerable.Range(from * 3, (to - from) * 3).Select(x => Math.Abs(a.Row(y)[x] - b.Row(y)[x]))).Average();

    private static RgbImage Gradient(int width, int height)
    {
        var image = new RgbImage(width, height);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)(i / 3 % width * 255 / width / 2 + 20);
        }

        return image;
    }

    [GeneratedRegex("<script type=\"application/json\" id=\"index\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex IndexScript();

    [GeneratedRegex("<script type=\"text/plain\" id=\"p[0-9]+\">(.*?)</script>")]
    private static partial Regex PictureScript();
}
