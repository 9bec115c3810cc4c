namespace Pipeline.Methods;

/// <summary>How far an edit is.</summary>
/// <param name="Step">Finished denoising steps over all batches of the request.</param>
/// <param name="Steps">Denoising steps of the whole request.</param>
/// <param name="SampleForwards">UNet forwards so far, counted per sample.</param>
public readonly record struct EditProgress(int Step, int Steps, long SampleForwards);
