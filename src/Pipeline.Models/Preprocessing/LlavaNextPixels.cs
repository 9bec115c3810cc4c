namespace Pipeline.Models.Preprocessing;

/// <summary>What LLaVA-NeXT's processor makes of one picture.</summary>
/// <param name="Tiles">[1 + tiles, 3, side, side]: the whole picture squashed into one tile, then the canvas' tiles row by row.</param>
/// <param name="Height">Rows of the original picture.</param>
/// <param name="Width">Columns of the original picture.</param>
public sealed record LlavaNextPixels(PixelValues Tiles, int Height, int Width);
