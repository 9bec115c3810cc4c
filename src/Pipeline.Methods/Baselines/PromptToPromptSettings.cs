namespace Pipeline.Methods.Baselines;

/// <summary>What one pass of Prompt-to-Prompt needs to know; fractions are shares of the steps, from the noisiest one.</summary>
internal sealed record PromptToPromptSettings(
    int Steps, double GuidanceSource, double CrossUntil, double SelfUntil, double UnconditionalUntil, PromptEditKind Kind, double NewWordWeight, bool LocalBlend, double BlendThreshold);
