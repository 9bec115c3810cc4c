namespace Pipeline.Stages.Inversion;

/// <summary>Latents of a source picture, and what its inversion computed.</summary>
/// <param name="Values">Row-major values.</param>
/// <param name="Shape">[1, C, h, w].</param>
/// <param name="Inverted">The inversion's result as <see cref="StoredInversion"/> writes it; null where there is none.</param>
/// <param name="SampleForwards">UNet forwards per sample that it took.</param>
public sealed record SourceLatent(float[] Values, long[] Shape, byte[]? Inverted = null, long SampleForwards = 0);
