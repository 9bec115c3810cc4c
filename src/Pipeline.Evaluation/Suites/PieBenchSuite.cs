using System.Globalization;
using System.Text.Json;

namespace Pipeline.Evaluation.Suites;

/// <summary>
/// PIE-Bench's mapping file (Ju et al. 2023, arXiv 2310.01506): one JSON object, a member a case, pictures below <c>annotation_images/</c>. Keys that it does not know are left alone; of
/// our own additions <c>target_emotion</c> is read.
/// </summary>
public static class PieBenchSuite
{
    /// <summary>Folder of the pictures beside the mapping file.</summary>
    public const string Images = "annotation_images";

    private static readonly string[] s_types =
        ["random", "change object", "add object", "delete object", "change content", "change pose", "change colour", "change material", "change background", "change style"];

    /// <summary>All cases, in the file's order.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <exception cref="SuiteException">Not such a file; names the case and the field.</exception>
    public static IReadOnlyList<SuiteCase> Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? [.. document.RootElement.EnumerateObject().Select(member => Case(member.Name, member.Value))]
                : throw new SuiteException("the mapping file must be one JSON object with a member a case");
        }
        catch (JsonException error)
        {
            throw new SuiteException($"not JSON: {error.Message}", error);
        }
    }

    private static SuiteCase Case(string id, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new SuiteException($"case '{id}': must be an object");
        }

        string target = Text(id, value, "editing_prompt") ?? throw new SuiteException($"case '{id}': 'editing_prompt' is required");
        return new SuiteCase
        {
            Id = id,
            Image = $"{Images}/{Text(id, value, "image_path") ?? throw new SuiteException($"case '{id}': 'image_path' is required")}",
            Category = Type(id, value),
            SourcePrompt = Plain(Text(id, value, "original_prompt") ?? ""),
            TargetPrompt = Plain(target),
            Emotion = Text(id, value, "target_emotion") is { Length: > 0 } emotion ? emotion : null,
            Words = Words(Text(id, value, "blended_word") ?? ""),
            Mask = value.TryGetProperty("mask", out JsonElement mask) && mask.ValueKind == JsonValueKind.Array ? new SuiteMask(Runs(id, mask), null) : null,
        };
    }

    /// <summary>Square brackets mark what differs and are no part of the prompt.</summary>
    public static string Plain(string prompt) => string.Concat(prompt.Where(c => c is not ('[' or ']')));

    private static (string, string)? Words(string pair) =>
        pair.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string source, string target] ? (source, target) : null;

    private static int[] Runs(string id, JsonElement mask)
    {
        int[] runs = [.. mask.EnumerateArray().Select(n => n.TryGetInt32(out int value) && value >= 0 ? value : throw new SuiteException($"case '{id}': 'mask' must hold non-negative integers"))];
        return runs.Length % 2 == 0 ? runs : throw new SuiteException($"case '{id}': 'mask' must hold pairs of start and length");
    }

    // Files in use have the number as a text or as a number.
    private static string Type(string id, JsonElement value)
    {
        string text = Text(id, value, "editing_type_id") ?? "";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < s_types.Length ? s_types[number] : text;
    }

    private static string? Text(string id, JsonElement value, string name) => !value.TryGetProperty(name, out JsonElement field) ? null : field.ValueKind switch
    {
        JsonValueKind.String => field.GetString(),
        JsonValueKind.Number => field.GetRawText(),
        JsonValueKind.Null => null,
        _ => throw new SuiteException($"case '{id}': '{name}' must be a text"),
    };
}
