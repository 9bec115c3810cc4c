namespace Pipeline.Models.Attention;

/// <summary>One use of an attention site: what a control may decide by. It carries no tensor and no counter, so controls stay pure functions.</summary>
/// <param name="Site">Where.</param>
/// <param name="Step">Index of the denoising step, from 0, as the caller of the UNet gave it.</param>
/// <param name="Height">Rows of this layer's token grid.</param>
/// <param name="Width">Columns of this layer's token grid; tokens are row-major, T = Height * Width.</param>
public readonly record struct AttentionCall(AttentionSite Site, int Step, int Height, int Width)
{
    /// <summary>Number of image tokens, Height * Width.</summary>
    public int Tokens => Height * Width;
}
