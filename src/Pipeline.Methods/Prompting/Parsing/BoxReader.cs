using System.Text.Json;

namespace Pipeline.Methods.Prompting;

/// <summary>Reads rectangles in the shapes in which models write them. Units are decided later, over the whole answer.</summary>
internal sealed class BoxReader(AnswerLimits limits, ParseNoteList notes)
{
    private static readonly string[][] Corners =
    [
        ["x0", "y0", "x1", "y1"], ["x1", "y1", "x2", "y2"], ["xmin", "ymin", "xmax", "ymax"], ["left", "top", "right", "bottom"], ["minx", "miny", "maxx", "maxy"],
    ];

    private static readonly string[][] Sizes =
    [
        ["x", "y", "width", "height"], ["x", "y", "w", "h"], ["left", "top", "width", "height"], ["x0", "y0", "width", "height"], ["x0", "y0", "w", "h"],
    ];

    /// <summary>What the value says about a region; nothing where it is no region.</summary>
    public BoxDraft Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => ReadList(value),
        JsonValueKind.Object => ReadObject(value),
        JsonValueKind.String => ReadText(JsonFields.SafeString(value)),
        _ => BoxDraft.None,
    };

    /// <summary>Reads text such as <c>10%, 20%, 50%, 60%</c> or <c>whole image</c>.</summary>
    public BoxDraft ReadText(string text)
    {
        var numbers = NumberText.All(text);
        if (numbers.Count == 0)
        {
            var key = PlainText.Key(text);
            var isGlobal = key is "global" or "all" or "full" or "whole" or "background" || key.Contains("wholeimage", StringComparison.Ordinal)
                || key.Contains("entireimage", StringComparison.Ordinal) || key.Contains("fullimage", StringComparison.Ordinal);
            return isGlobal ? BoxDraft.None with { IsGlobal = true } : BoxDraft.None;
        }
        notes.Add(ParseNoteCodes.BoxFormat, PlainText.Collapse(text.Length > 60 ? text[..60] : text));
        return Group(numbers) with { IsPercent = text.Contains('%', StringComparison.Ordinal) };
    }

    private BoxDraft ReadList(JsonElement list)
    {
        var elements = list.EnumerateArray().Take(4 * limits.MaxBoxes).ToList();
        if (elements.All(e => e.ValueKind is JsonValueKind.Number or JsonValueKind.String or JsonValueKind.Null))
            return ReadScalars(elements);
        if (elements.Count == 2 && elements.All(e => e.ValueKind == JsonValueKind.Array && e.GetArrayLength() == 2))
        {
            notes.Add(ParseNoteCodes.BoxFormat, "two corners");
            return ReadScalars([.. elements.SelectMany(e => e.EnumerateArray())]);
        }
        var parts = elements.Select(Read).ToList();
        if (parts.Count > 1 || elements[0].ValueKind == JsonValueKind.Array)
            notes.Add(ParseNoteCodes.BoxFormat, "list of boxes");
        return new BoxDraft([.. parts.SelectMany(p => p.Rectangles)], parts.Any(p => p.IsPercent), parts.Any(p => p.IsCornerSize), parts.Any(p => p.IsGlobal));
    }

    private BoxDraft ReadScalars(List<JsonElement> elements)
    {
        if (elements.Count == 0)
            return BoxDraft.None;
        if (elements.All(e => e.ValueKind == JsonValueKind.Number))
            return Group([.. elements.Select(e => JsonFields.Number(e) ?? double.NaN)]);
        if (elements.Count == 1 || elements.Any(e => e.ValueKind == JsonValueKind.Null))
            return elements[0].ValueKind == JsonValueKind.String ? ReadText(JsonFields.SafeString(elements[0])) : Group([double.NaN]);
        return ReadText(string.Join(' ', elements.Select(e => e.ValueKind == JsonValueKind.String ? JsonFields.SafeString(e) : e.GetRawText())));
    }

    private BoxDraft ReadObject(JsonElement value)
    {
        var fields = new JsonFields(value, new ParseNoteList());
        foreach (var (keys, isSize) in Corners.Select(k => (k, false)).Concat(Sizes.Select(k => (k, true))))
        {
            if (!keys.All(k => fields.Has(k)))
                continue;
            notes.Add(ParseNoteCodes.BoxFormat, string.Join(",", keys));
            var text = keys.Select(k => fields.TryGet(k, [k], out var v) ? v.ValueKind == JsonValueKind.String ? JsonFields.SafeString(v) : v.GetRawText() : "").ToList();
            var numbers = text.SelectMany(NumberText.All).ToList();
            return Group(numbers) with { IsPercent = text.Any(t => t.Contains('%', StringComparison.Ordinal)), IsCornerSize = isSize };
        }
        return fields.TryGet("box", ["box", "bbox", "boundingbox", "coordinates"], out var inner) && inner.ValueKind != JsonValueKind.Object ? Read(inner) : BoxDraft.None;
    }

    private BoxDraft Group(List<double> numbers)
    {
        if (numbers.Count % 4 != 0 || numbers.Any(n => !double.IsFinite(n)))
        {
            notes.Add(ParseNoteCodes.BoxDropped, numbers.Count % 4 != 0 ? $"{numbers.Count} numbers" : "not a number");
            return BoxDraft.None;
        }
        if (numbers.Count > 4)
            notes.Add(ParseNoteCodes.BoxFormat, "flat list of boxes");
        return BoxDraft.None with { Rectangles = [.. numbers.Chunk(4)] };
    }
}
