using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Data;

/// <summary>
/// A line of a manifest of pictures (JSON Lines). Keys: <c>image</c> or <c>file_name</c>, a path from the manifest's folder; <c>caption</c> or <c>text</c>, <c>captions</c> (several), <c>longCaption</c> or
/// <c>long_caption</c>; <c>split</c> (<c>train</c>, or <c>val</c>, <c>validation</c>, <c>test</c>, <c>held-out</c>); <c>sha256</c> of the file; <c>label</c>. Others are for other readers.
/// </summary>
internal sealed record ManifestLine
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 16 };

    public required string Image { get; init; }

    /// <summary>Short captions, without empty ones.</summary>
    public required IReadOnlyList<string> Captions { get; init; }

    /// <summary>A caption of several sentences.</summary>
    public string? LongCaption { get; init; }

    /// <summary>What the picture shows, in one word or phrase.</summary>
    public string? Label { get; init; }

    /// <summary>Digest of the picture's file, in lower case.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Whether the line says that it is held out, or that it is not; null when it says neither.</summary>
    public bool? IsHeldOut { get; init; }

    /// <summary>Reads a line.</summary>
    /// <param name="json">Its bytes.</param>
    /// <param name="place">File and line, for messages.</param>
    /// <exception cref="TrainingException">It is not JSON, names no picture, or has a value of a wrong type.</exception>
    public static ManifestLine Parse(ReadOnlyMemory<byte> json, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_options);
            JsonElement line = document.RootElement;
            return new ManifestLine
            {
                Image = PathOf(Text(line, "image", place) ?? Text(line, "file_name", place), place),
                Captions = CaptionsOf(line, place),
                LongCaption = Text(line, "longCaption", place) ?? Text(line, "long_caption", place),
                Label = Text(line, "label", place),
                Sha256 = DigestOf(Text(line, "sha256", place), place),
                IsHeldOut = SplitOf(Text(line, "split", place), place),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new TrainingException($"{place}: not a JSON object: {error.Message}", error);
        }
    }

    private static string? Text(JsonElement line, string key, string place) =>
        !line.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() is { Length: > 0 } text ? text : null
        : throw new TrainingException($"{place}: '{key}' must be a string");

    private static string PathOf(string? image, string place) =>
        image is null ? throw new TrainingException($"{place}: names no picture: give 'image' or 'file_name'")
        : image.Contains("://", StringComparison.Ordinal) || image.Contains('\0', StringComparison.Ordinal) ? throw new TrainingException($"{place}: '{image}' is not a path: training reads files only; fetch the pictures first")
        : image;

    private static string[] CaptionsOf(JsonElement line, string place)
    {
        List<string> captions = [.. new[] { Text(line, "caption", place) ?? Text(line, "text", place) }.OfType<string>()];
        if (line.TryGetProperty("captions", out JsonElement several) && several.ValueKind != JsonValueKind.Null)
        {
            if (several.ValueKind != JsonValueKind.Array || several.EnumerateArray().Any(c => c.ValueKind != JsonValueKind.String))
            {
                throw new TrainingException($"{place}: 'captions' must be a list of strings");
            }

            captions.AddRange(several.EnumerateArray().Select(c => c.GetString()!).Where(c => c.Length > 0));
        }

        return [.. captions.Distinct(StringComparer.Ordinal)];
    }

    private static string? DigestOf(string? digest, string place) =>
        digest is null ? null
        : digest.Length == 64 && digest.All(char.IsAsciiHexDigit) ? digest.ToLowerInvariant()
        : throw new TrainingException($"{place}: 'sha256' must have 64 hexadecimal digits");

    private static bool? SplitOf(string? split, string place) => split switch
    {
        null => null,
        "train" => false,
        "val" or "validation" or "test" or "held-out" => true,
        _ => throw new TrainingException($"{place}: split '{split}' is unknown: train, val, validation, test or held-out"),
    };
}
