namespace Pipeline.Methods.Prompting;

/// <summary>How an answer was understood, from best to worst.</summary>
public enum ParseStatus
{
    /// <summary>Exactly the JSON that was asked for: there is no note.</summary>
    Strict,

    /// <summary>JSON that needed at least one repair; the notes say which.</summary>
    Repaired,

    /// <summary>Not JSON, but the numbered sections of the text template.</summary>
    Sections,

    /// <summary>Nothing usable: prompts come from the captioner and a template.</summary>
    Fallback,
}
