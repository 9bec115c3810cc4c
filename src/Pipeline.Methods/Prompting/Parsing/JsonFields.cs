using System.Globalization;
using System.Text.Json;

namespace Pipeline.Methods.Prompting;

/// <summary>The fields of one JSON object, found by any of several spellings. Property names are compared by letters and digits only.</summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, (string Name, JsonElement Value)> _byKey = new(StringComparer.Ordinal);
    private readonly ParseNoteList _notes;

    public JsonFields(JsonElement element, ParseNoteList notes)
    {
        _notes = notes;
        foreach (var (name, value) in Properties(element))
        {
            // Of a repeated key the first with content counts.
            var key = PlainText.Key(name);
            if (!_byKey.TryGetValue(key, out var known) || IsNothing(known.Value))
                _byKey[key] = (name, value);
        }
    }

    /// <summary>True where one of the spellings is present with a value.</summary>
    public bool Has(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (_byKey.TryGetValue(key, out var found) && !IsNothing(found.Value))
                return true;
        }
        return false;
    }

    /// <summary>The value of the first spelling that is present, noting a name other than <paramref name="name"/>. Spellings are lower case without separators.</summary>
    public bool TryGet(string name, ReadOnlySpan<string> keys, out JsonElement value)
    {
        foreach (var key in keys)
        {
            if (!_byKey.TryGetValue(key, out var found) || IsNothing(found.Value))
                continue;
            if (!string.Equals(found.Name, name, StringComparison.Ordinal))
                _notes.Add(ParseNoteCodes.KeyName, $"{found.Name} for {name}");
            value = found.Value;
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>As <see cref="TryGet"/>, read as text; empty where it is absent.</summary>
    public string Text(string name, params ReadOnlySpan<string> keys) => TryGet(name, keys, out var value) ? Text(value, _notes) : "";

    /// <summary>A value as one line of text. Lists are joined, placeholders of the question count as nothing.</summary>
    public static string Text(JsonElement value, ParseNoteList notes)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var text = PlainText.Collapse(SafeString(value));
                if (!IsPlaceholder(text))
                    return text;
                notes.Add(ParseNoteCodes.Placeholder, text);
                return "";
            case JsonValueKind.Array:
                notes.Add(ParseNoteCodes.ValueType, "list for text");
                return string.Join(", ", value.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => Text(e, notes)).Where(t => t.Length > 0));
            case JsonValueKind.Number:
                notes.Add(ParseNoteCodes.ValueType, "number for text");
                return value.GetRawText();
            case JsonValueKind.Object:
                notes.Add(ParseNoteCodes.ValueType, "object for text");
                return new JsonFields(value, notes).Text("text", "text", "phrase", "caption", "description", "value", "name", "content");
            default:
                return "";
        }
    }

    /// <summary>A string value; U+FFFD where it escapes half of a surrogate pair.</summary>
    public static string SafeString(JsonElement value)
    {
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "\ufffd";
        }
    }

    /// <summary>The properties of an object whose names can be read.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> Properties(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (var property in element.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                continue;
            }
            yield return (name, property.Value);
        }
    }

    /// <summary>A finite number, or null.</summary>
    public static double? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && double.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null;

    private static bool IsPlaceholder(string text) =>
        text is "..." or "\u2026" or "string" or "text" || text.StartsWith('<') && text.EndsWith('>') || text.StartsWith("<=", StringComparison.Ordinal);

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => true,
        JsonValueKind.String => string.IsNullOrWhiteSpace(SafeString(value)),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };
}
