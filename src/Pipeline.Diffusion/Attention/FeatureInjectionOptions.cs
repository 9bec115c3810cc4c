namespace Pipeline.Diffusion.Attention;

/// <summary>Settings of <see cref="FeatureInjection"/>; layers count from the lowest resolution of the expanding path, as checkpoints do.</summary>
/// <param name="Features">Steps in which residual features are taken over.</param>
/// <param name="Attention">Steps in which queries and keys of self-attention are taken over.</param>
/// <param name="Stage">Stage of the feature layer. Default 1 ("output block 4" of Stable Diffusion, with <paramref name="Layer"/>).</param>
/// <param name="Layer">Residual block in that stage. Default 1. Self-attention is taken over from this layer on.</param>
public sealed record FeatureInjectionOptions(StepWindow Features, StepWindow Attention, int Stage = 1, int Layer = 1);
