using Pipeline.Methods.Emotions;

namespace Pipeline.Methods.Prompting;

/// <summary>Captions for what the multimodal model did not say: the captioner's text, and a template with the emotion's adjective and a few hint words.</summary>
public static class FallbackPrompts
{
    private const int MaxHints = 3;

    /// <summary>The answer with missing captions filled in. A missing source caption becomes <paramref name="caption"/>, which may be empty.</summary>
    public static ParsedAnswer Complete(ParsedAnswer answer, EmotionQuestion question, string caption)
    {
        var source = answer.SourceCaption.Length > 0 ? answer.SourceCaption : PlainText.CutAtWord(PlainText.Collapse(caption), AnswerLimits.Default.MaxSentence);
        var target = answer.TargetCaption.Length > 0 ? answer.TargetCaption : Target(source, question.Emotion, question.Hints);
        return answer with { SourceCaption = source, TargetCaption = target };
    }

    /// <summary><c>{source}, a {adjective} mood, {hint words}</c>, without the empty parts.</summary>
    public static string Target(string source, Emotion emotion, IReadOnlyList<string> hints)
    {
        if (emotion.Adjective.Length == 0)
            return source;
        var article = emotion.Adjective[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";
        string[] parts = [source.TrimEnd('.', ' ', ','), $"{article} {emotion.Adjective} mood", .. hints.Take(MaxHints)];
        return string.Join(", ", parts.Where(p => p.Length > 0));
    }
}
