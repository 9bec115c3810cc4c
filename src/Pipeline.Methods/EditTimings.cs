namespace Pipeline.Methods;

/// <summary>Where the time of an edit went.</summary>
/// <param name="Encode">Resizing and encoding the picture.</param>
/// <param name="Text">Encoding prompts that were not cached.</param>
/// <param name="Diffuse">Denoising.</param>
/// <param name="Decode">Decoding and compositing.</param>
public sealed record EditTimings(TimeSpan Encode, TimeSpan Text, TimeSpan Diffuse, TimeSpan Decode);
