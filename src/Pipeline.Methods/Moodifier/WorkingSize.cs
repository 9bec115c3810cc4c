namespace Pipeline.Methods.Moodifier;

/// <summary>The size in pixels at which the diffusion model works.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct WorkingSize(int Width, int Height)
{
    /// <summary>Latents thinner than this leave the UNet's lower levels without a grid worth the name.</summary>
    private const int LeastCells = 8;

    /// <summary>
    /// The long side is brought into minLongSide..longSide keeping the aspect ratio, then each side is rounded to the nearest multiple (half up) of <see cref="MoodifierOptions.SizeMultiple"/> and of the
    /// autoencoder's factor; rounding changes the aspect ratio by at most half a multiple a side.
    /// </summary>
    /// <exception cref="EditException">The picture is so narrow that its short side would have fewer than 8 latent cells.</exception>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="options">Bounds and multiple.</param>
    /// <param name="latentFactor">Pixels per latent cell.</param>
    /// <param name="nativeSide">Side in pixels that the model was trained at, for bounds that the options leave open.</param>
    public static WorkingSize Of(int width, int height, MoodifierOptions options, int latentFactor, int nativeSide)
    {
        int most = options.LongSide ?? nativeSide * 3 / 2, least = Math.Min(options.MinLongSide ?? nativeSide, most);
        int multiple = LeastCommonMultiple(options.SizeMultiple, latentFactor);
        int longest = Math.Max(width, height);
        int wanted = Math.Clamp(longest, least, most);
        int Side(int side) => (int)Math.Floor((double)side * wanted / longest / multiple + 0.5) * multiple;
        var size = new WorkingSize(Side(width), Side(height));
        return Math.Min(size.Width, size.Height) >= LeastCells * latentFactor
            ? size
            : throw EditException.Request(
                $"a picture of {width}x{height} would be edited at {size.Width}x{size.Height}, but both sides need at least {LeastCells * latentFactor} pixels: crop it to a less extreme shape or raise longSide");
    }

    private static int LeastCommonMultiple(int a, int b)
    {
        int x = a, y = b;
        while (y != 0)
        {
            (x, y) = (y, x % y);
        }

        return a / x * b;
    }
}
