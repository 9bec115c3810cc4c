using System.Globalization;
using System.Text;

namespace Pipeline.Training.Runs;

/// <summary>The losses of a run as an SVG picture: means over equal spans of steps on a logarithmic axis, with the span's lowest and highest value behind.</summary>
public static class LossPlot
{
    private const int Width = 800, Height = 400, Left = 70, Right = 20, Top = 40, Bottom = 40, MostPoints = 200;

    /// <summary>Draws rows of (step, loss); values that are not positive have no place on the axis and are left out.</summary>
    public static string Draw(string title, IReadOnlyList<(long Step, double Loss)> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        (long Step, double Loss)[] seen = [.. rows.Where(r => r.Loss > 0 && double.IsFinite(r.Loss))];
        StringBuilder svg = new();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n"));
        svg.Append(Invariant($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>\n<text x=\"{Left}\" y=\"24\" font-size=\"15\">{Escape(title)}</text>\n"));
        if (seen.Length > 0)
        {
            DrawCurve(svg, seen);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawCurve(StringBuilder svg, (long Step, double Loss)[] rows)
    {
        double low = Math.Log10(rows.Min(r => r.Loss)), high = Math.Log10(rows.Max(r => r.Loss));
        (low, high) = high - low < 0.01 ? (low - 0.1, high + 0.1) : (low, high);
        long first = rows[0].Step, last = Math.Max(rows[^1].Step, first + 1);
        double X(double step) => Left + ((step - first) / (last - first) * (Width - Left - Right));
        double Y(double loss) => Top + ((high - Math.Log10(loss)) / (high - low) * (Height - Top - Bottom));

        for (int i = 0; i <= 4; i++)
        {
            double value = Math.Pow(10, low + ((high - low) * i / 4));
            svg.Append(Invariant($"<path d=\"M{Left} {Y(value):0.#}H{Width - Right}\" stroke=\"#ddd\"/><text x=\"{Left - 8}\" y=\"{Y(value) + 4:0.#}\" text-anchor=\"end\">{value:G3}</text>\n"));
            double step = first + ((last - first) * i / 4.0);
            svg.Append(Invariant($"<text x=\"{X(step):0.#}\" y=\"{Height - 16}\" text-anchor=\"middle\">{step:0}</text>\n"));
        }

        (double Step, double Mean, double Low, double High)[] spans =
        [
            .. rows.Chunk(Math.Max(1, (rows.Length + MostPoints - 1) / MostPoints))
                .Select(c => (c.Average(r => (double)r.Step), c.Average(r => r.Loss), c.Min(r => r.Loss), c.Max(r => r.Loss))),
        ];
        string band = Points(spans.Select(s => (X(s.Step), Y(s.High))).Concat(spans.Reverse().Select(s => (X(s.Step), Y(s.Low)))));
        svg.Append($"<polygon points=\"{band}\" fill=\"#c9dcf2\"/>\n");
        svg.Append($"<polyline points=\"{Points(spans.Select(s => (X(s.Step), Y(s.Mean))))}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"1.5\"/>\n");
    }

    private static string Points(IEnumerable<(double X, double Y)> points) => string.Join(' ', points.Select(p => Invariant($"{p.X:0.#},{p.Y:0.#}")));

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
