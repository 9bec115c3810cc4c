using System.Text;
using Pipeline.Methods.Emotions;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// The question put to the multimodal model about one picture and one emotion. The wording is this project's own; the fields follow the
/// Moodifier workflow: a caption of what is there, a caption of what is wanted, and the stimuli between them.
/// </summary>
/// <param name="Emotion">The wanted emotion.</param>
/// <param name="Mode">Objects and scenes, or a face.</param>
/// <param name="Hints">Style words of the picture's domain; may be empty.</param>
public sealed record EmotionQuestion(Emotion Emotion, SubjectMode Mode, IReadOnlyList<string> Hints)
{
    /// <summary>P_src, where it is known: the target caption starts from it, so that both share their words. May be empty.</summary>
    public string Scene { get; init; } = "";

    private const string JsonSchema = """
        {"source_caption": "<at most 25 words: the objects and the scene as they are, without words of emotion>",
         "target_caption": "<at most 40 words: the same scene rewritten so that it makes people feel the emotion>",
         "stimuli": [{"source_phrase": "<2 to 5 words, adjective and noun, something visible now>",
                      "target_phrase": "<2 to 5 words, adjective and noun, what it should become>",
                      "detail": "<one sentence of at least 12 words on colours, materials, light or expression>",
                      "box": [x0, y0, x1, y1],
                      "importance": 1-10,
                      "action": "change" or "add" or "remove"}],
         "keep": ["<things that must not change>"],
         "overall_emotion": "<one sentence on the feeling of the new picture>"}
        """;

    private const string SectionTemplate = """
        Source Description: <at most 25 words: the objects and the scene as they are>
        1. <2 to 5 words, something visible now> -> <2 to 5 words, what it should become>:
        Emotional Sentence: <one sentence on colours, materials, light or expression>
        Importance: <1 to 10>
        2. <the next one, in the same way>
        Image Description: <at most 40 words: the same scene rewritten for the emotion>
        Overall Emotion: <one sentence on the feeling of the new picture>
        """;

    /// <summary>
    /// The text of the question; the chat frame and the image placeholder are the model's business. What depends on the emotion comes last, so that the
    /// questions about one picture share nearly all of what a decoder has to read.
    /// </summary>
    public string Text(QuestionForm form) => form switch
    {
        QuestionForm.Json => Explained("with one JSON object of exactly this form and nothing else, no introduction, no code fence", JsonSchema),
        QuestionForm.Sections => Explained("in plain text with exactly these lines", SectionTemplate),
        _ => ShortText(),
    };

    private string Explained(string request, string template)
    {
        var text = new StringBuilder();
        text.Append("Look at the picture. It shall be edited so that people who see it feel the emotion that is named at the end. ");
        text.Append("Change as little as possible: everything that you do not list stays exactly as it is.\n\n");
        text.Append(Mode == SubjectMode.Face ? FaceTask() : ObjectTask()).Append("\n\n");
        text.Append("Importance runs from 1 to 10. Judge it by how much the thing shapes the mood now (30 %), how much changing it would shift the mood ");
        text.Append("towards the wanted emotion (40 %) and how prominent it is in the picture (30 %). ");
        text.Append("A box is given as fractions of the picture's width and height between 0 and 1, the origin at the top left.\n\n");
        text.Append($"Answer {request}:\n{template}\n\n");
        if (Scene.Length > 0)
            text.Append($"The source caption is: {Scene}\nKeep its words in the target caption wherever nothing changes.\n\n");
        text.Append($"The emotion is {Emotion.Noun}: people shall feel {Emotion.Noun}, it shall become a {Emotion.Adjective} picture.");
        if (Hints.Count > 0)
            text.Append($" Words that may inspire you: {string.Join(", ", Hints)}.");
        return text.ToString();
    }

    private static string ObjectTask() =>
        "Name the 3 things in the picture (never more than 6) that should be changed, added or removed to reach the emotion. Prefer things that are clearly visible, " +
        "name each by what can be seen, and describe the wanted state by concrete, drawable properties, not by the name of the emotion.";

    private static string FaceTask() =>
        "The picture shows a face. Use exactly these 3 stimuli, each with the action \"change\": the eyes with the eyebrows (importance 8), " +
        "the nose with the cheeks (importance 4), the mouth with the lips (importance 8). Describe the new expression of each part. The person's identity, age, hair, clothes and surroundings stay.";

    private string ShortText()
    {
        var stimuli = Mode == SubjectMode.Face ? "exactly 3 stimuli: eyes and eyebrows, nose and cheeks, mouth and lips" : "3 stimuli";
        return $"JSON only. Reply with one JSON object, start with {{ and end with }}, {stimuli}, boxes as fractions 0 to 1:\n" +
            """{"source_caption": "...", "target_caption": "...", "stimuli": [{"source_phrase": "...", "target_phrase": "...", "detail": "...",""" +
            """ "box": [x0, y0, x1, y1], "importance": 5, "action": "change"}], "keep": ["..."], "overall_emotion": "..."}""" +
            (Scene.Length > 0 ? $"\nThe source caption is: {Scene}" : "") + $"\nThe picture shall become {Emotion.Adjective} ({Emotion.Noun}).";
    }
}
