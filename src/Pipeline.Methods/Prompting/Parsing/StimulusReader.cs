using System.Text.Json;

namespace Pipeline.Methods.Prompting;

/// <summary>Reads one stimulus or one kept thing.</summary>
internal sealed class StimulusReader(AnswerLimits limits, ParseNoteList notes)
{
    private static readonly string[] SourceKeys =
        ["sourcephrase", "source", "from", "original", "originalphrase", "current", "currentphrase", "before", "sourceobject", "visiblenow"];

    private static readonly string[] TargetKeys =
        ["targetphrase", "target", "to", "wanted", "after", "new", "newphrase", "replacement", "targetobject", "becomes"];

    private static readonly string[] PhraseKeys = ["phrase", "name", "element", "object", "label", "stimulus", "item", "subject", "part"];

    private static readonly string[] DetailKeys =
        ["detail", "details", "sentence", "emotionalsentence", "description", "explanation", "reason", "reasoning", "rationale", "how"];

    private static readonly string[] BoxKeys =
        ["box", "bbox", "boundingbox", "box2d", "bbox2d", "boxes", "bboxes", "coordinates", "coords", "region", "location", "position", "area"];

    private static readonly string[] ImportanceKeys = ["importance", "importancescore", "score", "rating", "weight", "priority", "importancerating"];

    private static readonly string[] ActionKeys = ["action", "operation", "edittype", "type", "edit", "change"];

    /// <summary>True where an object is a stimulus rather than something that contains stimuli.</summary>
    public static bool Recognises(JsonFields fields) => fields.Has("sourcephrase", "targetphrase", "originalphrase", "newphrase", "currentphrase")
        || (fields.Has(PhraseKeys) || fields.Has(SourceKeys) || fields.Has(TargetKeys))
            && (fields.Has(ImportanceKeys) || fields.Has(BoxKeys) || fields.Has(DetailKeys) || fields.Has(ActionKeys))
        || fields.Has("phrase");

    /// <param name="element">A JSON object.</param>
    /// <param name="key">The property name under which it stood, its phrase where it has none of its own; else empty.</param>
    public StimulusDraft Read(JsonElement element, string key)
    {
        var fields = new JsonFields(element, notes);
        var draft = new StimulusDraft
        {
            Source = fields.Text("source_phrase", SourceKeys),
            Target = fields.Text("target_phrase", TargetKeys),
            Detail = fields.Text("detail", DetailKeys),
            Action = fields.TryGet("action", ActionKeys, out var action) && action.ValueKind == JsonValueKind.String ? JsonFields.Text(action, notes) : "",
        };
        if (draft.Source.Length == 0)
        {
            draft.Phrase = FirstText(fields);
            draft.Phrase = draft.Phrase.Length > 0 ? draft.Phrase : key;
        }
        if (fields.TryGet("importance", ImportanceKeys, out var importance))
            draft.Importance = ReadImportance(importance);
        if (fields.TryGet("box", BoxKeys, out var box))
            draft.Box = new BoxReader(limits, notes).Read(box);
        else if (fields.Has("x0", "x1", "xmin", "x"))
            draft.Box = new BoxReader(limits, notes).Read(element);
        return draft;
    }

    /// <summary>A list of phrases, a list of objects with phrase and box, or one text.</summary>
    public IEnumerable<KeepDraft> ReadKeep(JsonElement keep)
    {
        if (keep.ValueKind == JsonValueKind.String)
        {
            notes.Add(ParseNoteCodes.ValueType, "text for a list");
            return JsonFields.Text(keep, notes).Split([',', ';'], 4 * limits.MaxKeep).Select(p => new KeepDraft(PlainText.Collapse(p), BoxDraft.None));
        }
        if (keep.ValueKind != JsonValueKind.Array)
            return [];
        return [.. keep.EnumerateArray().Take(4 * limits.MaxKeep).Select(ReadKept)];
    }

    private KeepDraft ReadKept(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return new KeepDraft(JsonFields.Text(element, notes), BoxDraft.None);
        var fields = new JsonFields(element, notes);
        return new KeepDraft(FirstText(fields), fields.TryGet("box", BoxKeys, out var box) ? new BoxReader(limits, notes).Read(box) : BoxDraft.None);
    }

    private static string FirstText(JsonFields fields)
    {
        foreach (var key in PhraseKeys)
        {
            if (fields.TryGet(key, [key], out var value) && value.ValueKind == JsonValueKind.String)
                return JsonFields.Text(value, new ParseNoteList());
        }
        return "";
    }

    private double? ReadImportance(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return JsonFields.Number(value);
            case JsonValueKind.String:
                notes.Add(ParseNoteCodes.ImportanceText, JsonFields.SafeString(value));
                return NumberText.Importance(JsonFields.SafeString(value));
            case JsonValueKind.Object when new JsonFields(value, notes).TryGet("importance", ["importance", "score", "value", "total", "overall"], out var inner):
                return inner.ValueKind == JsonValueKind.Object ? null : ReadImportance(inner);
            case JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind is JsonValueKind.Number or JsonValueKind.String:
                notes.Add(ParseNoteCodes.ValueType, "list for a number");
                return ReadImportance(value[0]);
            default:
                return null;
        }
    }
}
