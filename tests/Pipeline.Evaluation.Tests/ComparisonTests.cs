using System.Text;
using System.Xml.Linq;
using Pipeline.Evaluation.Comparison;
using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.Reports;
using Pipeline.Evaluation.Tables;
using Pipeline.Imaging;

namespace Pipeline.Evaluation.Tests;

public sealed class ComparisonTests
{
    private const string Good = "good", Bad = "bad";

    // 'good' is better by 1 dB on every case, though the cases themselves differ by far more.
    private static readonly EvaluatedItem[] s_items =
    [
        .. Enumerable.Range(0, 30).SelectMany(i => new[] { Item(Good, i, 20 + i + 1), Item(Bad, i, 20 + i) }),
    ];

    [Fact]
    public void An_order_is_judged_by_the_difference_over_common_cases()
    {
        OrderFinding finding = new OrderClaim(MetricNames.Psnr, Good, Bad).Check(s_items);
        Assert.Equal((OrderVerdict.Holds, 30, 1.0), (finding.Verdict, finding.Difference.Count, finding.Difference.Mean!.Value));
        Assert.Equal(OrderVerdict.Reversed, new OrderClaim(MetricNames.Psnr, Bad, Good).Check(s_items).Verdict);
        Assert.Equal(OrderVerdict.Untested, new OrderClaim(MetricNames.Psnr, Good, "absent").Check(s_items).Verdict);
        Assert.Equal(OrderVerdict.Undecided, new OrderClaim(MetricNames.Psnr, Good, Good).Check(s_items).Verdict);
    }

    [Fact]
    public void Where_less_is_better_the_order_turns_round() =>
        Assert.Equal(OrderVerdict.Holds, new OrderClaim(MetricNames.Mse, "a", "b").Check(
            [.. Enumerable.Range(0, 10).SelectMany(i => new[] { Item("a", i, 0.1 * i, MetricNames.Mse), Item("b", i, 0.1 * i + 0.05, MetricNames.Mse) })]).Verdict);

    [Theory]
    [InlineData("psnr>=30", true)]
    [InlineData("good:psnr>=35.4", true)]
    [InlineData("bad: psnr >= 35.4", false)]
    [InlineData("psnr<=30", false)]
    [InlineData("coverage>=1", true)]
    [InlineData("good:delta(psnr)>=0.99", true)]
    [InlineData("bad:delta(psnr)>=0.01", false)]
    [InlineData("absent:psnr>=0", false)]
    [InlineData("good:ssim>=0", false)]
    public void Gates_hold_or_break_by_means_and_by_differences(string text, bool passes)
    {
        EvaluatedItem[] baseline = [.. s_items.Where(i => i.Method == Bad).SelectMany(i => new[] { i, i with { Method = Good } })];
        Assert.Equal(passes, QualityGate.Parse(text).Check(s_items, baseline).All(r => r.Passed));
    }

    [Theory]
    [InlineData("psnr>30")]
    [InlineData("psnr>=x")]
    [InlineData(">=3")]
    [InlineData("delta()>=3")]
    [InlineData("psnr>=1e999")]
    public void What_is_no_gate_is_refused(string text) => Assert.Throws<FormatException>(() => QualityGate.Parse(text));

    [Fact]
    public void A_failed_case_counts_as_a_case_and_not_in_the_mean()
    {
        EvaluatedItem[] items = [Item(Good, 0, 10), Item(Good, 1, 30), Item(Good, 2, 99) with { Error = "edit: out of luck" }];
        MethodTable table = MethodTable.Of("t", [Good], null, items, []);
        Assert.Equal((3, 1, 20.0), (table.Rows[0].Items, table.Rows[0].Failed, table.Rows[0].Values[0].Mean!.Value));
        XElement xml = XDocument.Parse(Encoding.UTF8.GetString(JUnitReport.Write("t", items, [.. QualityGate.Parse("psnr>=25").Check(items, null)]))).Root!;
        Assert.Equal(["1", "1"], xml.Elements().Select(s => s.Attribute("failures")!.Value));
        Assert.Contains("out of luck", xml.ToString());
    }

    [Fact]
    public void The_table_names_the_best_and_prints_intervals_and_orders()
    {
        MethodTable table = MethodTable.Of("A | title", [Bad, Good], [new TableColumn(MetricNames.Psnr, "PSNR", 1, 1)], s_items, [new OrderClaim(MetricNames.Psnr, Good, Bad)]);
        string text = MarkdownTable.Write(table);
        Assert.Equal(1, table.Best(0));
        Assert.Contains("| good | 30 | 0 | **35.5** [", text);
        Assert.Contains("| psnr | good | bad | 1 [1, 1] | 30 | holds |", text);
        Assert.Equal(1 + 2, CsvTable.Write(table).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void The_better_end_of_a_plot_is_right_and_up()
    {
        EvaluatedItem[] items = [.. new[] { ("near", 0.1, 30.0), ("far", 0.5, 20.0) }.Select(m => new EvaluatedItem
        {
            Id = "a", Method = m.Item1, Metrics = new Dictionary<string, double> { [MetricNames.StructureDistance] = m.Item2, [MetricNames.ClipTarget] = m.Item3 },
        })];
        MethodTable table = MethodTable.Of("t", ["near", "far"], null, items, []);
        XElement[] dots = [.. XDocument.Parse(TradeoffPlot.Draw(table, MetricNames.StructureDistance, MetricNames.ClipTarget)!).Root!.Elements().Where(e => e.Name.LocalName == "circle")];
        double[] x = [.. dots.Select(d => double.Parse(d.Attribute("cx")!.Value))], y = [.. dots.Select(d => double.Parse(d.Attribute("cy")!.Value))];
        Assert.True(x[0] > x[2] && y[0] < y[2]);
        Assert.Null(TradeoffPlot.Draw(table, MetricNames.StructureDistance, "absent"));
    }

    [Fact]
    public void The_gallery_holds_every_picture_and_asks_nothing_of_the_network()
    {
        byte[] png = ImageCodec.Default.Encode(new RgbImage(8, 8), EncodeOptions.Png);
        using MemoryStream bytes = new();
        ComparisonGallery.Write(bytes, "<t>", ["m1", "m2"],
        [
            new GalleryCase("one", "kind", "a <b>", "c", ReportImage.FromBytes(png), ReportImage.FromBytes(png), [new GalleryCell(ReportImage.FromBytes(png), null, [KeyValuePair.Create("PSNR", 12.5)]), new GalleryCell(null, "no luck", [])]),
        ]);
        string html = Encoding.UTF8.GetString(bytes.ToArray());
        Assert.Equal(3, html.Split("data:image/jpeg").Length - 1);
        Assert.Contains("no luck", html);
        Assert.Contains("a &lt;b&gt;", html);
        Assert.DoesNotContain("http://", html);
        Assert.DoesNotContain("https://", html);
    }

    private static EvaluatedItem Item(string method, int id, double value, string metric = MetricNames.Psnr) =>
        new() { Id = $"case-{id}", Method = method, Metrics = new Dictionary<string, double> { [metric] = value } };
}
