namespace Pipeline.Methods.Prompting;

/// <summary>Bounds on what the parser accepts from a model. Everything beyond is cut or dropped with a note.</summary>
public sealed record AnswerLimits
{
    /// <summary>Characters of an answer that are read at all. Default 65,536.</summary>
    public int MaxCharacters { get; init; } = 64 * 1024;

    /// <summary>Nesting of JSON. Default 32; at most 64.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Top-level objects looked at in one answer. Default 8.</summary>
    public int MaxObjects { get; init; } = 8;

    /// <summary>Stimuli kept, the most important first. Default 6.</summary>
    public int MaxStimuli { get; init; } = 6;

    /// <summary>Entries of the keep-list. Default 12.</summary>
    public int MaxKeep { get; init; } = 12;

    /// <summary>Boxes of one stimulus. Default 8.</summary>
    public int MaxBoxes { get; init; } = 8;

    /// <summary>Characters of a caption or sentence. Default 600.</summary>
    public int MaxSentence { get; init; } = 600;

    /// <summary>Characters of a phrase. Default 80.</summary>
    public int MaxPhrase { get; init; } = 80;

    /// <summary>The defaults.</summary>
    public static AnswerLimits Default { get; } = new();
}
