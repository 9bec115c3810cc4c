namespace Pipeline.Models.Preprocessing;

/// <summary>
/// The geometry of LLaVA-NeXT's any-resolution pictures (Liu et al. 2024, "LLaVA-NeXT", the public blog; numbers as of transformers 4.54, CHECKPOINTS 4.2 and 7.4):
/// which of the allowed canvases a picture gets, how it lies on it, and how many feature vectors remain of it. All in double precision.
/// </summary>
public static class AnyResolution
{
    /// <summary>
    /// The canvas that shows most of the picture's pixels; among equals the one that wastes least; among those the first.
    /// </summary>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="candidates">Canvases as (height, width), in the order of the checkpoint's file; not empty.</param>
    public static (int Height, int Width) SelectCanvas(int height, int width, IReadOnlyList<(int Height, int Width)> candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        (int Height, int Width) best = candidates[0];
        long mostShown = -1, leastWasted = long.MaxValue;
        foreach ((int Height, int Width) canvas in candidates)
        {
            double scale = Math.Min((double)canvas.Width / width, (double)canvas.Height / height);
            long shown = Math.Min((long)(width * scale) * (long)(height * scale), (long)width * height);
            long wasted = (long)canvas.Width * canvas.Height - shown;
            if (shown > mostShown || (shown == mostShown && wasted < leastWasted))
            {
                (best, mostShown, leastWasted) = (canvas, shown, wasted);
            }
        }

        return best;
    }

    /// <summary>Size of the picture on its canvas: as large as fits, the free side rounded up.</summary>
    public static (int Height, int Width) FitInto(int height, int width, (int Height, int Width) canvas)
    {
        double across = (double)canvas.Width / width, down = (double)canvas.Height / height;
        return across < down
            ? (Math.Min((int)Math.Ceiling(height * across), canvas.Height), canvas.Width)
            : (canvas.Height, Math.Min((int)Math.Ceiling(width * down), canvas.Width));
    }

    /// <summary>
    /// The rows and columns of a canvas' features that belong to the picture and not to its padding: <c>[Top, Top + Rows) x [Left, Left + Columns)</c>.
    /// An odd difference keeps one row or column of padding; extremely long pictures may keep none.
    /// </summary>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="rows">Rows of features of the whole canvas.</param>
    /// <param name="columns">Columns of features of the whole canvas.</param>
    public static (int Top, int Left, int Rows, int Columns) Unpad(int height, int width, int rows, int columns)
    {
        if ((double)width / height > (double)columns / rows)
        {
            int kept = (int)Math.Round(height * ((double)columns / width), 7), padding = (rows - kept) / 2;
            return (padding, 0, rows - 2 * padding, columns);
        }
        else
        {
            int kept = (int)Math.Round(width * ((double)rows / height), 7), padding = (columns - kept) / 2;
            return (0, padding, rows, columns - 2 * padding);
        }
    }

    /// <summary>
    /// Feature vectors of one picture in the prompt: the base tile's, then the canvas' without padding and with one newline vector after each row.
    /// </summary>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="canvas">Result of <see cref="SelectCanvas"/>.</param>
    /// <param name="tile">Side of a tile in pixels.</param>
    /// <param name="patch">Side of a patch in pixels.</param>
    public static int TokenCount(int height, int width, (int Height, int Width) canvas, int tile, int patch)
    {
        int side = tile / patch;
        (_, _, int rows, int columns) = Unpad(height, width, canvas.Height / tile * side, canvas.Width / tile * side);
        return side * side + rows * (columns + 1);
    }
}
