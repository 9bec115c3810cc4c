using System.Text.Json;
using Pipeline.Methods.Emotions;
using Pipeline.Training.Runs;
using Pipeline.Training.World;

namespace Pipeline.Training.Data;

/// <summary>
/// MoodArchive's annotation of a picture: five sentences. Keys of a manifest line: <c>summary</c>, <c>stimuli</c> (three objects with a <c>sentence</c>), <c>overall</c> and, where it is known,
/// <c>emotion</c>, a category of the taxonomy or one of its aliases.
/// </summary>
/// <param name="Summary">The whole picture.</param>
/// <param name="Stimuli">Three sentences, one for each emotional stimulus.</param>
/// <param name="Overall">The emotion that it all evokes.</param>
/// <param name="Emotion">What the picture is labelled with; null where nothing is said.</param>
public sealed record MoodAnnotation(string Summary, IReadOnlyList<string> Stimuli, string Overall, string? Emotion)
{
    /// <summary>Stimuli of a picture.</summary>
    public const int StimulusCount = 3;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 16 };

    /// <summary>All five sentences as one text.</summary>
    public string Full => string.Join(' ', [Summary, .. Stimuli, Overall]);

    /// <summary>All five sentences, the summary first and the overall one last.</summary>
    public IReadOnlyList<string> Sentences => [Summary, .. Stimuli, Overall];

    /// <summary>The caption of a scene; labelled where sky and stimulus tell the same emotion.</summary>
    public static MoodAnnotation Of(Scene scene)
    {
        IReadOnlyList<string> said = SceneCaption.Sentences(scene);
        return new MoodAnnotation(said[0], [.. said.Skip(1).Take(StimulusCount)], said[^1], scene.IsCoupled && MoodTable.Of(scene.Sky).Emotion is { Length: > 0 } emotion ? emotion : null);
    }

    /// <summary>Reads the annotation of a manifest's line.</summary>
    /// <param name="json">The line's bytes.</param>
    /// <param name="place">File and line, for messages.</param>
    /// <exception cref="TrainingException">A sentence is missing, or the emotion is none of the taxonomy.</exception>
    public static MoodAnnotation Parse(ReadOnlyMemory<byte> json, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_options);
            JsonElement line = document.RootElement;
            return new MoodAnnotation(Sentence(line, "summary", "summary", place), StimuliOf(line, place), Sentence(line, "overall", "overall", place), EmotionOf(line, place));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new TrainingException($"{place}: not a JSON object: {error.Message}", error);
        }
    }

    private static string[] StimuliOf(JsonElement line, string place) =>
        line.TryGetProperty("stimuli", out JsonElement stimuli) && stimuli.ValueKind == JsonValueKind.Array && stimuli.GetArrayLength() == StimulusCount
            ? [.. stimuli.EnumerateArray().Select((s, i) => Sentence(s, "sentence", $"stimuli[{i}].sentence", place))]
            : throw new TrainingException($"{place}: 'stimuli' must be a list of {StimulusCount} objects with a 'sentence' each");

    private static string Sentence(JsonElement owner, string key, string name, string place) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString()!.Trim() is { Length: > 0 } text
            ? text
            : throw new TrainingException($"{place}: '{name}' must be a sentence: this trainer needs 'summary', three 'stimuli' and 'overall' in every line");

    private static string? EmotionOf(JsonElement line, string place)
    {
        if (!line.TryGetProperty("emotion", out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        string? word = value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : throw new TrainingException($"{place}: 'emotion' must be a string");
        return word.Length == 0 || word.Equals("neutral", StringComparison.OrdinalIgnoreCase) ? null
            : EmotionTaxonomy.TryResolve(word, out _) ? word
            : throw new TrainingException($"{place}: 'emotion': '{word}' is none of the taxonomy's {EmotionTaxonomy.All.Count}: leave it out, or name one of them");
    }
}
