using System.Globalization;
using System.Net;
using System.Text;
using Pipeline.Evaluation.Aggregation;
using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Tables;

/// <summary>Two metrics of every method against each other as an SVG picture: a dot a mean, bars for the 95 % intervals; better is up and right.</summary>
public static class TradeoffPlot
{
    private const int Width = 720, Height = 480, Left = 80, Right = 170, Top = 50, Bottom = 60;

    private static readonly string[] s_colours = ["#1f5fa8", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#117a8b", "#7f4f24", "#6b7280", "#b03a7e", "#4d7c0f", "#3b3b98", "#a16207"];

    /// <summary>The picture; null when fewer than one method has both metrics.</summary>
    public static string? Draw(MethodTable table, string horizontal, string vertical)
    {
        ArgumentNullException.ThrowIfNull(table);
        int x = Column(table, horizontal), y = Column(table, vertical);
        Point[] points = x < 0 || y < 0
            ? []
            : [.. table.Rows.Select((row, at) => (row, at)).Where(r => r.row.Values[x].Mean is not null && r.row.Values[y].Mean is not null).Select(r => new Point(r.row.Method, r.at, r.row.Values[x], r.row.Values[y]))];
        if (points.Length == 0)
        {
            return null;
        }

        Axis across = Axis.Over([.. points.Select(p => p.X)], horizontal, Left, Width - Right), up = Axis.Over([.. points.Select(p => p.Y)], vertical, Height - Bottom, Top);
        StringBuilder svg = new();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>\n"));
        svg.Append($"<text x=\"{Left}\" y=\"24\" font-size=\"15\">{Escape(table.Title)}: {Escape(vertical)} against {Escape(horizontal)}</text>\n");
        Grid(svg, across, up, horizontal, vertical);
        foreach (Point point in points)
        {
            Dot(svg, point, across, up);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static int Column(MethodTable table, string metric) => table.Columns.Select((c, i) => (c, i)).FirstOrDefault(p => p.c.Metric == metric, (null!, -1)).i;

    private static void Grid(StringBuilder svg, Axis across, Axis up, string horizontal, string vertical)
    {
        for (int i = 0; i <= 4; i++)
        {
            (double vx, double px) = across.Tick(i / 4.0);
            (double vy, double py) = up.Tick(i / 4.0);
            svg.Append(Invariant($"<path d=\"M{px:0.#} {Top}V{Height - Bottom}M{Left} {py:0.#}H{Width - Right}\" stroke=\"#e3e3e3\"/>"));
            svg.Append(Invariant($"<text x=\"{px:0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{vx:G3}</text><text x=\"{Left - 8}\" y=\"{py + 4:0.#}\" text-anchor=\"end\">{vy:G3}</text>\n"));
        }

        svg.Append(Invariant($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 16}\" text-anchor=\"middle\">{Escape(horizontal)}, better to the right</text>\n"));
        svg.Append(Invariant($"<text transform=\"translate(18 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Escape(vertical)}, better upwards</text>\n"));
    }

    private static void Dot(StringBuilder svg, Point point, Axis across, Axis up)
    {
        string colour = s_colours[point.Index % s_colours.Length];
        double x = across.At(point.X.Mean!.Value), y = up.At(point.Y.Mean!.Value);
        svg.Append(Invariant($"<path d=\"M{across.At(point.X.Low!.Value):0.#} {y:0.#}H{across.At(point.X.High!.Value):0.#}M{x:0.#} {up.At(point.Y.Low!.Value):0.#}V{up.At(point.Y.High!.Value):0.#}\" stroke=\"{colour}\" opacity=\"0.6\"/>"));
        svg.Append(Invariant($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"5\" fill=\"{colour}\"/>"));
        int row = Top + 10 + (point.Index * 20);
        svg.Append(Invariant($"<circle cx=\"{Width - Right + 16}\" cy=\"{row}\" r=\"5\" fill=\"{colour}\"/><text x=\"{Width - Right + 28}\" y=\"{row + 4}\">{Escape(point.Method)}</text>\n"));
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Point(string Method, int Index, MetricSummary X, MetricSummary Y);

    /// <summary>Values onto pixels; the better end of the metric is at <paramref name="End"/>.</summary>
    private sealed record Axis(double Worst, double Best, double Start, double End)
    {
        public static Axis Over(MetricSummary[] values, string metric, double start, double end)
        {
            double low = values.Min(v => v.Low!.Value), high = values.Max(v => v.High!.Value);
            double margin = high > low ? (high - low) * 0.08 : Math.Max(Math.Abs(high), 1) * 0.1;
            (low, high) = (low - margin, high + margin);
            return MetricNames.LowerIsBetter(metric) ? new Axis(high, low, start, end) : new Axis(low, high, start, end);
        }

        public double At(double value) => Start + ((value - Worst) / (Best - Worst) * (End - Start));

        public (double Value, double Pixel) Tick(double share) => (Worst + ((Best - Worst) * share), Start + ((End - Start) * share));
    }
}
