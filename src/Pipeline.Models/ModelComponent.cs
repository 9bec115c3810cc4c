namespace Pipeline.Models;

/// <summary>One component of a model directory.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Path">Its folder.</param>
/// <param name="Architecture">What its configuration says it is: <c>llava_next</c>, <c>StableDiffusionPipeline</c>.</param>
public sealed record ModelComponent(ComponentKind Kind, string Path, string Architecture);
