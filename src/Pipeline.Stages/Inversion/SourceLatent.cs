namespace Pipeline.Stages.Inversion;

/// <summary>Latents of a source picture.</summary>
/// <param name="Values">Row-major values.</param>
/// <param name="Shape">[1, C, h, w].</param>
public sealed record SourceLatent(float[] Values, long[] Shape);
