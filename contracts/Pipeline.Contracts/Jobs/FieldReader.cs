using System.Text.Json;
using Pipeline.Contracts.Errors;

namespace Pipeline.Contracts.Jobs;

/// <summary>Takes typed fields out of a JSON object and collects what is wrong with them. Null and absent mean the same.</summary>
internal sealed class FieldReader(int line, bool strict)
{
    private const int MaxErrors = 20;
    private readonly List<ManifestError> errors = [];

    public IReadOnlyList<ManifestError> Errors => errors;

    public void Add(string code, string message)
    {
        if (errors.Count < MaxErrors)
        {
            errors.Add(new ManifestError(line, code, message));
        }
    }

    public void Field(string name, string message) => Add(ErrorCodes.ManifestField, $"'{name}' {message}");

    /// <summary>Reports keys that occur twice, and unknown ones when strict; otherwise returns the unknown ones.</summary>
    public Dictionary<string, JsonElement>? CheckKeys(JsonElement value, IReadOnlySet<string> known, string? path = null)
    {
        Dictionary<string, JsonElement>? extra = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty member in value.EnumerateObject())
        {
            string name = Show(member.Name);
            if (!seen.Add(member.Name))
            {
                Add(ErrorCodes.ManifestField, $"'{Path(path, name)}' occurs twice");
            }
            else if (!known.Contains(member.Name))
            {
                if (strict)
                {
                    Add(ErrorCodes.ManifestUnknownKey, $"'{Path(path, name)}' is not a known key; known are {string.Join(", ", known)}");
                }
                else
                {
                    (extra ??= new Dictionary<string, JsonElement>(StringComparer.Ordinal))[member.Name] = member.Value.Clone();
                }
            }
        }

        return extra;
    }

    public string? Text(JsonElement value, string name, int maxLength, bool required = false, bool emptyAllowed = false, string? path = null)
    {
        if (!TryGet(value, name, out JsonElement field))
        {
            if (required)
            {
                Field(Path(path, name), "is required");
            }

            return null;
        }

        if (field.ValueKind != JsonValueKind.String)
        {
            Field(Path(path, name), $"must be a text, not {field.ValueKind}");
            return null;
        }

        return CheckText(Path(path, name), field.GetString()!, maxLength, emptyAllowed);
    }

    public string? CheckText(string where, string text, int maxLength, bool emptyAllowed)
    {
        if (text.Length > maxLength)
        {
            Field(where, $"must have at most {maxLength} characters, not {text.Length}");
            return null;
        }

        if (!emptyAllowed && string.IsNullOrWhiteSpace(text))
        {
            Field(where, "must not be empty");
            return null;
        }

        if (text.Any(c => char.IsControl(c) && !(emptyAllowed && c is '\n' or '\t')))
        {
            Field(where, "must not hold control characters");
            return null;
        }

        return text;
    }

    public long? Integer(JsonElement value, string name, long min, long max, string? path = null)
    {
        if (!TryGet(value, name, out JsonElement field))
        {
            return null;
        }

        if (field.ValueKind != JsonValueKind.Number || !field.TryGetInt64(out long number) || number < min || number > max)
        {
            Field(Path(path, name), $"must be a whole number from {min} to {max}");
            return null;
        }

        return number;
    }

    public double? Number(JsonElement value, string name, string? path = null)
    {
        if (!TryGet(value, name, out JsonElement field))
        {
            return null;
        }

        if (field.ValueKind != JsonValueKind.Number || !field.TryGetDouble(out double number) || !double.IsFinite(number))
        {
            Field(Path(path, name), "must be a finite number");
            return null;
        }

        return number;
    }

    public JsonElement? Json(JsonElement value, string name, JsonValueKind kind)
    {
        if (!TryGet(value, name, out JsonElement field))
        {
            return null;
        }

        if (field.ValueKind != kind)
        {
            Field(name, $"must be an {kind.ToString().ToLowerInvariant()}, not {field.ValueKind}");
            return null;
        }

        return field.Clone();
    }

    public IReadOnlyList<string>? Texts(JsonElement value, string name, int maxCount, string? path = null)
    {
        if (!TryGet(value, name, out JsonElement field))
        {
            return null;
        }

        if (field.ValueKind != JsonValueKind.Array || field.GetArrayLength() > maxCount || field.EnumerateArray().Any(t => t.ValueKind != JsonValueKind.String))
        {
            Field(Path(path, name), $"must be an array of at most {maxCount} texts");
            return null;
        }

        return [.. field.EnumerateArray().Select((t, i) => CheckText($"{Path(path, name)}[{i}]", t.GetString()!, 200, emptyAllowed: false) ?? "")];
    }

    public IReadOnlyDictionary<string, string>? TextMap(JsonElement value, string name, int maxCount)
    {
        if (Json(value, name, JsonValueKind.Object) is not { } map)
        {
            return null;
        }

        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty member in map.EnumerateObject())
        {
            string where = $"{name}.{Show(member.Name)}";
            if (member.Value.ValueKind != JsonValueKind.String || result.Count >= maxCount || member.Name.Length is 0 or > 200)
            {
                Field(where, $"must be a text under a name of 1 to 200 characters, at most {maxCount} of them");
                return null;
            }

            if (CheckText(where, member.Value.GetString()!, 2000, emptyAllowed: true) is not { } text || !result.TryAdd(member.Name, text))
            {
                Field(where, "is not usable or occurs twice");
                return null;
            }
        }

        return result;
    }

    private static bool TryGet(JsonElement value, string name, out JsonElement field) =>
        value.TryGetProperty(name, out field) && field.ValueKind != JsonValueKind.Null;

    private static string Path(string? path, string name) => path is null ? name : $"{path}.{name}";

    private static string Show(string name)
    {
        string printable = new([.. name.Take(60).Select(c => char.IsControl(c) ? '?' : c)]);
        return name.Length > 60 ? printable + "..." : printable;
    }
}
