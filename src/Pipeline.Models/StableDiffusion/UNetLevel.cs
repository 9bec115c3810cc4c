namespace Pipeline.Models.StableDiffusion;

/// <summary>One resolution of a UNet.</summary>
/// <param name="Channels">Channels of its feature maps.</param>
/// <param name="Layers">Residual blocks of the down path; the up path has one more.</param>
/// <param name="HasAttention">Whether the down path has a transformer after each residual block.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="ContextChannels">Width of the text states.</param>
/// <param name="TransformerLayers">Transformer blocks a transformer.</param>
public sealed record UNetLevel(int Channels, int Layers, bool HasAttention, int Heads, int ContextChannels, int TransformerLayers);
