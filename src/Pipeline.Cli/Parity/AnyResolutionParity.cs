using System.Text.Json;
using Pipeline.Models.Preprocessing;

namespace Pipeline.Cli.Parity;

/// <summary>A table of picture sizes with the canvas, placement and token counts that LLaVA-NeXT gives them.</summary>
internal sealed class AnyResolutionParity : IParityRunner
{
    public string Kind => "anyres_table";

    public bool Recognises(ParityCase reference) =>
        reference.ExpectedJson is { ValueKind: JsonValueKind.Object } table && table.TryGetProperty("pinpoints_hw", out _) && table.TryGetProperty("rows", out _);

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        JsonElement table = reference.ExpectedJson!.Value;
        (int Height, int Width)[] pinpoints = [.. table.GetProperty("pinpoints_hw").EnumerateArray().Select(p => (p[0].GetInt32(), p[1].GetInt32()))];
        int tile = table.GetProperty("tile").GetInt32(), patch = table.GetProperty("patch").GetInt32();
        return table.GetProperty("rows").EnumerateArray().Select(row =>
        {
            int height = row.GetProperty("h").GetInt32(), width = row.GetProperty("w").GetInt32();
            string[] keys = ["best_h", "best_w", "resized_h", "resized_w", "pad_top", "pad_bottom", "pad_left", "pad_right", "tiles", "unpadded_rows", "unpadded_cols", "image_tokens"];
            int[] expected = [.. keys.Select(key => row.GetProperty(key).GetInt32())];
            return TensorComparison.EqualLists($"{height}x{width}", expected, Compute(height, width, pinpoints, tile, patch));
        });
    }

    private static int[] Compute(int height, int width, (int Height, int Width)[] pinpoints, int tile, int patch)
    {
        (int Height, int Width) canvas = AnyResolution.SelectCanvas(height, width, pinpoints);
        (int fitHeight, int fitWidth) = AnyResolution.FitInto(height, width, canvas);
        int top = (canvas.Height - fitHeight) / 2, left = (canvas.Width - fitWidth) / 2;
        (_, _, int rows, int columns) = AnyResolution.Unpad(height, width, canvas.Height / patch, canvas.Width / patch);

        // The table derives columns from a count of vectors: where no row remains it says no column.
        columns = rows == 0 ? 0 : columns;
        return
        [
            canvas.Height, canvas.Width, fitHeight, fitWidth, top, canvas.Height - fitHeight - top, left, canvas.Width - fitWidth - left,
            1 + canvas.Height / tile * (canvas.Width / tile), rows, columns, AnyResolution.TokenCount(height, width, canvas, tile, patch),
        ];
    }
}
