using System.Globalization;
using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>A box on a grid of 32 x 32 cells, so that few number words say every box. At least two cells wide and high, and never the whole picture, which the parser takes for no box.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">Column behind the last one, up to 32.</param>
/// <param name="Bottom">Row behind the last one, up to 32.</param>
public readonly record struct GridBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Cells along a side.</summary>
    public const int Cells = 32;

    private const int MinSide = 2;
    private const double MostArea = 0.95;

    /// <summary>All number words: 0.00 to 1.00 in steps of 1/32, two digits after the point.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Enumerable.Range(0, Cells + 1).Select(Word)];

    /// <summary>Left, top, right, bottom as they are written.</summary>
    public IReadOnlyList<string> Numbers => [Words[Left], Words[Top], Words[Right], Words[Bottom]];

    /// <summary>The box around a mask of 64 x 64 values; of one that reaches nearly everywhere, around its fuller half (upper or lower). Null where nothing is covered by more than half.</summary>
    public static GridBox? Around(float[] mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (RenderedScene.BoxOf(mask) is not { } all)
        {
            return null;
        }

        GridBox box = From(all);
        if (box.Share < MostArea)
        {
            return box;
        }

        int half = mask.Length / 2;
        bool upper = mask.AsSpan(0, half).ToArray().Sum() >= mask.AsSpan(half).ToArray().Sum();
        return From(RenderedScene.BoxOf([.. mask.Select((v, i) => i < half == upper ? v : 0)])!.Value);
    }

    /// <summary>The nearest box of unit coordinates.</summary>
    public static GridBox From((float X0, float Y0, float X1, float Y1) box)
    {
        (int left, int right) = Ends(box.X0, box.X1);
        (int top, int bottom) = Ends(box.Y0, box.Y1);
        return new GridBox(left, top, right, bottom);
    }

    private double Share => (double)(Right - Left) * (Bottom - Top) / (Cells * Cells);

    private static (int From, int To) Ends(float from, float to)
    {
        int start = Math.Clamp((int)MathF.Round(from * Cells), 0, Cells - MinSide);
        return (start, Math.Clamp((int)MathF.Round(to * Cells), start + MinSide, Cells));
    }

    private static string Word(int cell) => ((double)cell / Cells).ToString("0.00", CultureInfo.InvariantCulture);
}
