using System.Text.Json;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// Finds captions and stimuli in JSON of any of the shapes that occur: the asked schema, the schema under other names or inside a wrapper,
/// a bare list of stimuli, or an object keyed by phrase as in the official importance format (<c>{"rose": {"score": 8}}</c>).
/// </summary>
internal sealed class AnswerReader(AnswerLimits limits, ParseNoteList notes)
{
    private const int MaxWrappers = 4;

    private static readonly string[] SourceKeys =
    [
        "sourcecaption", "sourceprompt", "sourcedescription", "originalcaption", "originalprompt", "originaldescription", "currentcaption", "inputcaption",
        "source", "original", "caption", "description",
    ];

    private static readonly string[] TargetKeys =
    [
        "targetcaption", "targetprompt", "targetdescription", "editedcaption", "newcaption", "emotionalcaption", "editprompt", "editingprompt", "editedprompt",
        "newprompt", "rewrittencaption", "imagedescription", "target", "edited",
    ];

    private static readonly string[] StimuliKeys =
        ["stimuli", "emotionalstimuli", "stimulilist", "elements", "objects", "regions", "items", "changes", "edits", "areas", "visualelements"];

    private static readonly string[] KeepKeys = ["keep", "preserve", "keepunchanged", "unchanged", "keeplist", "retain", "tokeep"];

    private static readonly string[] OverallKeys = ["overallemotion", "overallmood", "overall", "emotion", "mood"];

    /// <summary>Keys that name no thing in a picture.</summary>
    private static readonly string[] NoPhrases =
        ["error", "status", "code", "message", "confidence", "id", "version", "refusal", "result", "answer", "response", "note", "notes", "emotion", "score", "importance"];

    private readonly StimulusReader _stimulus = new(limits, notes);

    /// <summary>What one object or list says; an empty draft where it says nothing of use.</summary>
    public AnswerDraft Read(JsonElement root) => Read(root, 0);

    private AnswerDraft Read(JsonElement root, int level)
    {
        var draft = new AnswerDraft();
        if (root.ValueKind == JsonValueKind.Array)
        {
            ReadRootList(root, draft, level);
        }
        else if (root.ValueKind == JsonValueKind.Object)
        {
            var fields = new JsonFields(root, notes);
            if (HasAnswer(fields))
                ReadSchema(fields, draft);
            else if (StimulusReader.Recognises(fields))
                AddStimulus(draft, _stimulus.Read(root, ""));
            else if (level < MaxWrappers && ReadWrapper(root, draft, level))
                return draft;
            else if (fields.Has("source", "target", "original", "edited", "caption", "description"))
                ReadSchema(fields, draft);
            else
                ReadKeyed(root, draft);
        }
        return draft;
    }

    /// <summary>True where a key says clearly "caption of the whole" or "list of stimuli"; the last few of the caption keys may also belong to a stimulus.</summary>
    private static bool HasAnswer(JsonFields fields) => fields.Has(SourceKeys.AsSpan(0, 8)) || fields.Has(TargetKeys.AsSpan(0, 12)) || fields.Has(StimuliKeys);

    private void ReadRootList(JsonElement list, AnswerDraft draft, int level)
    {
        notes.Add(ParseNoteCodes.Wrapper, "list");
        foreach (var element in list.EnumerateArray().Take(10 * limits.MaxStimuli))
        {
            if (element.ValueKind == JsonValueKind.Object && level < MaxWrappers)
                draft.Merge(Read(element, level + 1));
        }
    }

    private void ReadSchema(JsonFields fields, AnswerDraft draft)
    {
        draft.Source = fields.Text("source_caption", SourceKeys);
        draft.Target = fields.Text("target_caption", TargetKeys);
        draft.Overall = fields.Text("overall_emotion", OverallKeys);
        if (fields.TryGet("stimuli", StimuliKeys, out var stimuli))
            ReadStimuli(stimuli, draft);
        if (fields.TryGet("keep", KeepKeys, out var keep))
            draft.Keep.AddRange(_stimulus.ReadKeep(keep));
    }

    private void ReadStimuli(JsonElement stimuli, AnswerDraft draft)
    {
        switch (stimuli.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var element in stimuli.EnumerateArray().Take(20 * limits.MaxStimuli))
                    ReadElement(element, draft);
                break;
            case JsonValueKind.Object when StimulusReader.Recognises(new JsonFields(stimuli, new ParseNoteList())):
                notes.Add(ParseNoteCodes.ValueType, "one stimulus for a list");
                AddStimulus(draft, _stimulus.Read(stimuli, ""));
                break;
            case JsonValueKind.Object:
                ReadKeyed(stimuli, draft);
                break;
            case JsonValueKind.String:
                notes.Add(ParseNoteCodes.ValueType, "text for a list");
                foreach (var phrase in JsonFields.SafeString(stimuli).Split([',', ';', '\n'], 20))
                    AddStimulus(draft, new StimulusDraft { Phrase = PlainText.Collapse(phrase) });
                break;
        }
    }

    private void ReadElement(JsonElement element, AnswerDraft draft)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = new JsonFields(element, new ParseNoteList());
                if (StimulusReader.Recognises(fields) || fields.Has("action", "detail", "importance", "box"))
                    AddStimulus(draft, _stimulus.Read(element, ""));
                else
                    ReadKeyed(element, draft);
                break;
            case JsonValueKind.Array:
                notes.Add(ParseNoteCodes.ValueType, "list for a stimulus");
                foreach (var inner in element.EnumerateArray().Take(limits.MaxStimuli))
                {
                    if (inner.ValueKind == JsonValueKind.Object)
                        AddStimulus(draft, _stimulus.Read(inner, ""));
                }
                break;
            case JsonValueKind.String:
                notes.Add(ParseNoteCodes.ValueType, "text for a stimulus");
                AddStimulus(draft, new StimulusDraft { Phrase = JsonFields.Text(element, notes) });
                break;
        }
    }

    /// <summary>The answer inside <c>{"answer": {...}}</c>, or printed as a string.</summary>
    private bool ReadWrapper(JsonElement root, AnswerDraft draft, int level)
    {
        foreach (var (name, value) in JsonFields.Properties(root))
        {
            AnswerDraft inner;
            if (value.ValueKind == JsonValueKind.String && JsonFields.SafeString(value) is var text && text.Contains('{', StringComparison.Ordinal))
                inner = ReadText(text, level);
            else if (value.ValueKind == JsonValueKind.Object && HasAnswer(new JsonFields(value, new ParseNoteList())) || IsObjectList(value) || level < 2 && HasNestedAnswer(value))
                inner = Read(value, level + 1);
            else
                continue;
            if (inner.IsEmpty)
                continue;
            notes.Add(ParseNoteCodes.Wrapper, name);
            draft.Merge(inner);
            return true;
        }
        return false;
    }

    private AnswerDraft ReadText(string text, int level)
    {
        var draft = new AnswerDraft();
        foreach (var document in new AnswerFrame(limits, notes).ReadObjects(PlainText.WithoutLoneSurrogates(text)))
        {
            using (document)
            {
                if (draft.IsEmpty)
                    draft = Read(document.RootElement, Math.Max(level + 1, MaxWrappers - 1));
            }
        }
        return draft;
    }

    private static bool IsObjectList(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
        && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Object);

    private static bool HasNestedAnswer(JsonElement value) =>
        JsonFields.Properties(value).Any(p => p.Value.ValueKind == JsonValueKind.Object && HasAnswer(new JsonFields(p.Value, new ParseNoteList())));

    /// <summary><c>{"rose": {"score": 8, "reason": "..."}, "sky": 5}</c>.</summary>
    private void ReadKeyed(JsonElement keyed, AnswerDraft draft)
    {
        foreach (var (name, value) in JsonFields.Properties(keyed).Take(10 * limits.MaxStimuli))
        {
            var phrase = PlainText.Collapse(name.Replace('_', ' '));
            if (NoPhrases.Contains(PlainText.Key(name)))
                continue;
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    AddStimulus(draft, _stimulus.Read(value, phrase));
                    break;
                case JsonValueKind.Number:
                    AddStimulus(draft, new StimulusDraft { Phrase = phrase, Importance = JsonFields.Number(value) });
                    break;
                case JsonValueKind.Array when value.GetArrayLength() == 4 && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number):
                    AddStimulus(draft, new StimulusDraft { Phrase = phrase, Box = new BoxReader(limits, notes).Read(value) });
                    break;
                case JsonValueKind.String when StartsWithDigit(value) && NumberText.Importance(JsonFields.SafeString(value)) is { } score:
                    notes.Add(ParseNoteCodes.ImportanceText, JsonFields.SafeString(value));
                    AddStimulus(draft, new StimulusDraft { Phrase = phrase, Importance = score });
                    break;
                default:
                    continue;
            }
            notes.Add(ParseNoteCodes.KeyedObject, phrase);
        }
    }

    private static bool StartsWithDigit(JsonElement value) => JsonFields.SafeString(value).AsSpan().TrimStart() is [>= '0' and <= '9', ..];

    private static void AddStimulus(AnswerDraft draft, StimulusDraft stimulus) => draft.Stimuli.Add(stimulus);
}
