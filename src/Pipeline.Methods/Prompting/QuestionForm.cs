namespace Pipeline.Methods.Prompting;

/// <summary>How the question is put.</summary>
public enum QuestionForm
{
    /// <summary>With explanations, answer in JSON.</summary>
    Json,

    /// <summary>Short, "JSON only": asked after an answer that could not be used.</summary>
    ShortJson,

    /// <summary>Answer in numbered sections, for models that refuse JSON.</summary>
    Sections,
}
