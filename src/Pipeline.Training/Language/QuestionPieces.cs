using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Models.LlavaNext;

namespace Pipeline.Training.Language;

/// <summary>
/// What is the same in every question of a form, taken from the questions themselves: each stretch between two things that vary becomes one token. The wording of a question has
/// thousands of characters and says nothing about a picture.
/// </summary>
internal static class QuestionPieces
{
    /// <summary>The decoder kind whose chat template the model is trained with.</summary>
    public const string Kind = "mistral";

    private const string ImageMark = "<image>";
    private const string Marks = "\u0001\u0002\u0003\u0004";
    private const char SceneMark = '\u0003';

    /// <summary>The constant stretches, and the words of the taxonomy.</summary>
    public static IEnumerable<string> All() =>
    [
        .. Frame(SceneQuestion.Text),
        .. Texts().SelectMany(Frame).SelectMany(Stretches),
        .. EmotionTaxonomy.All.SelectMany(e => new[] { e.Noun, e.Adjective }),
    ];

    private static IEnumerable<string> Texts() =>
        from form in Enum.GetValues<QuestionForm>()
        from mode in Enum.GetValues<SubjectMode>()
        from scene in new[] { "", SceneMark.ToString() }
        from hints in new IReadOnlyList<string>[] { [], [Marks[3..]] }
        select new EmotionQuestion(new Emotion(0, Marks[..1], Marks[1..2], Polarity.Ambiguous), mode, hints) { Scene = scene }.Text(form);

    /// <summary>The chat frame before the picture, and what follows it; the tokenizer puts a space before each.</summary>
    private static IEnumerable<string> Frame(string question) => ChatTemplate.Wrap(Kind, question).Split(ImageMark).Select(part => " " + part);

    private static IEnumerable<string> Stretches(string text)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !Marks.Contains(text[i], StringComparison.Ordinal))
            {
                continue;
            }

            string stretch = text[start..i];
            start = i + 1;
            if (stretch.Length > 0)
            {
                yield return stretch;
            }

            if (i < text.Length && text[i] == SceneMark)
            {
                // A caption's first article has no space in front: it joins what stands before.
                yield return stretch + "a";
                yield return stretch + "an";
            }
        }
    }
}
