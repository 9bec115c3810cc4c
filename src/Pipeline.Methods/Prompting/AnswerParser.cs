namespace Pipeline.Methods.Prompting;

/// <summary>
/// Reads the answer of a multimodal model to <see cref="EmotionQuestion"/>. A pure function: the same text gives the same result, no text makes it
/// throw, and the time is linear in the (bounded) length. Strict JSON is tried first, then JSON with repairs, then the numbered sections of the text template.
/// </summary>
public static class AnswerParser
{
    /// <param name="answer">The text as the model wrote it; may be anything.</param>
    /// <param name="picture">Size of the picture that the model saw described, for boxes in pixels; null drops such boxes.</param>
    /// <param name="limits">Bounds; null for the defaults.</param>
    public static ParsedAnswer Parse(string? answer, PictureSize? picture = null, AnswerLimits? limits = null)
    {
        limits ??= AnswerLimits.Default;
        var notes = new ParseNoteList();
        var frame = new AnswerFrame(limits, notes);
        var text = frame.Clean(answer);
        var validator = new AnswerValidator(picture, limits, notes);

        var draft = ReadJson(frame, text, limits, notes);
        if (!draft.IsEmpty && validator.Validate(draft, isSections: false) is { IsUsable: true } parsed)
            return parsed;

        var sections = new SectionReader(limits, notes).Read(text);
        return sections.IsEmpty ? validator.Unusable() : validator.Validate(sections, isSections: true);
    }

    /// <summary>Stimuli that a user wrote as JSON (an array of objects as in the answer), with the same tolerance.</summary>
    public static IReadOnlyList<Stimulus> ParseStimuli(string json, PictureSize? picture = null, AnswerLimits? limits = null) =>
        Parse($"{{\"stimuli\":{json}}}", picture, limits).Stimuli;

    /// <summary>The first complete object of the answer; where none is complete, all of them together.</summary>
    private static AnswerDraft ReadJson(AnswerFrame frame, string text, AnswerLimits limits, ParseNoteList notes)
    {
        var drafts = new List<(AnswerDraft Draft, ParseNoteList Notes)>();
        foreach (var document in frame.ReadObjects(text))
        {
            using (document)
            {
                var local = new ParseNoteList();
                var draft = new AnswerReader(limits, local).Read(document.RootElement);
                if (!draft.IsEmpty)
                    drafts.Add((draft, local));
            }
        }
        if (drafts.Count > 1)
            notes.Add(ParseNoteCodes.MultipleObjects, $"{drafts.Count}");
        var complete = drafts.FindIndex(d => d.Draft.Target.Length > 0 && d.Draft.Stimuli.Count > 0);
        var merged = new AnswerDraft();
        foreach (var (draft, local) in complete >= 0 ? drafts[complete..(complete + 1)] : drafts)
        {
            merged.Merge(draft);
            notes.AddAll(local.ToList());
        }
        return merged;
    }
}
