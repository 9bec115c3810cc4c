namespace Pipeline.Methods;

/// <summary>All edits of one picture and what they cost.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Images">One edited picture per emotion of the request, in its order.</param>
/// <param name="Width">Width in pixels at which the diffusion model worked.</param>
/// <param name="Height">Height in pixels at which the diffusion model worked.</param>
/// <param name="Timesteps">Timesteps that were visited, noisiest first.</param>
/// <param name="SampleForwards">UNet forwards, counted per sample and guidance half (UF).</param>
/// <param name="Timings">Where the time went.</param>
public sealed record EditResult(
    string Method, IReadOnlyList<EditedImage> Images, int Width, int Height, IReadOnlyList<int> Timesteps, long SampleForwards, EditTimings Timings);
