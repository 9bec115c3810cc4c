using System.ComponentModel.DataAnnotations;

namespace Pipeline.Methods.Prompting;

/// <summary>How the multimodal model is asked.</summary>
public sealed record PrompterOptions
{
    /// <summary>First form of the question; <see cref="QuestionForm.Sections"/> for models that refuse JSON. Default JSON.</summary>
    public QuestionForm Form { get; init; } = QuestionForm.Json;

    /// <summary>Tokens of an answer. Default 512, as the authors.</summary>
    [Range(1, 4096)]
    public int MaxNewTokens { get; init; } = 512;

    /// <summary>Temperature of the first question; the second is always asked with 0. Default 0 (greedy), as the authors.</summary>
    [Range(0, 2)]
    public double Temperature { get; init; }

    /// <summary>Questions about one picture answered side by side; each needs its own copy of the picture's keys and values. Default 4.</summary>
    [Range(1, 64)]
    public int QuestionsAtOnce { get; init; } = 4;

    /// <summary>Characters of an answer kept in the record. Default 4,096.</summary>
    [Range(0, 65536)]
    public int MaxRawAnswer { get; init; } = 4096;

    /// <summary>Read attention to refine boxes and to find what has none. Costs one more pass over each answer. Default true.</summary>
    public bool UseAttention { get; init; } = true;
}
