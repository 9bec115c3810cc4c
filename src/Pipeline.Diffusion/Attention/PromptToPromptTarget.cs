namespace Pipeline.Diffusion.Attention;

/// <summary>One target branch of <see cref="PromptToPromptControl"/>.</summary>
/// <param name="Branch">Index of the target branch in the layout.</param>
/// <param name="Edit">How its maps are made from the source's; belongs to the control.</param>
/// <param name="Schedule">When, word by word.</param>
public sealed record PromptToPromptTarget(int Branch, ICrossMapEdit Edit, WordSchedule Schedule);
