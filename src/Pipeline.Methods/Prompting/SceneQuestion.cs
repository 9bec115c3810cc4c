namespace Pipeline.Methods.Prompting;

/// <summary>
/// The question about the picture alone, put once before its emotions. P_src must not depend on the emotion: only then do all edits of a picture share one source branch,
/// and an edit comes out the same whether it was asked for alone or with others.
/// </summary>
public static class SceneQuestion
{
    /// <summary>The text of the question.</summary>
    public const string Text =
        "Look at the picture and describe the objects and the scene as they are, in at most 25 words, without words of emotion. " +
        "Answer with one JSON object of exactly this form and nothing else:\n{\"source_caption\": \"<the description>\"}";

    /// <summary>Tokens of the answer.</summary>
    public const int MaxNewTokens = 96;

    /// <summary>The caption of an answer; empty where there is none.</summary>
    public static string Read(string answer) => AnswerParser.Parse(answer).SourceCaption;
}
