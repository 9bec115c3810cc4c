namespace Pipeline.Models.Inspection;

/// <summary>One thing that a folder holds; a folder can hold several.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Folder">Full path of the folder.</param>
/// <param name="Architecture">The configuration's name for it, such as <c>UNet2DConditionModel</c> or <c>llava_next</c>.</param>
public sealed record ModelPart(PartKind Kind, string Folder, string Architecture);
