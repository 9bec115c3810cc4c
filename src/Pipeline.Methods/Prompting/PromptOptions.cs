namespace Pipeline.Methods.Prompting;

/// <summary>How prompts are put together for a text encoder.</summary>
public sealed record PromptOptions
{
    /// <summary>Tokens that a prompt may have without start and end: 75 for a CLIP text encoder of 77 positions, 246 for one of 248. Default 75.</summary>
    public int TokenBudget { get; init; } = 75;

    /// <summary>Words that a prompt may have, whatever their tokens. Default 180, as in the authors' code.</summary>
    public int MaxWords { get; init; } = 180;

    /// <summary>Lower-case the prompts, as the authors' code does; CLIP's tokenizer does so anyway. Default false.</summary>
    public bool LowerCase { get; init; }
}
