namespace Pipeline.Models.StableDiffusion;

/// <summary>What the transformers of one depth share.</summary>
/// <param name="Layers">Transformer blocks in a row.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="ContextChannels">Width of the text states.</param>
/// <param name="Groups">Groups of the normalisation.</param>
/// <param name="LinearProjection">Whether the projections are linear layers and not 1x1 convolutions.</param>
/// <param name="UpcastAttention">Whether attention scores are computed in single precision in a half-precision model.</param>
public sealed record TransformerOptions(int Layers, int Heads, long ContextChannels, long Groups, bool LinearProjection, bool UpcastAttention);
