using System.Globalization;
using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Dino;

namespace Pipeline.Models.Classification;

/// <summary>Configuration of an image classifier (<c>ViTForImageClassification</c>).</summary>
/// <param name="Vision">The transformer below the head.</param>
/// <param name="Labels">Names of the outputs, in order (<c>id2label</c>).</param>
/// <param name="MultiLabel">Every label is a yes or no of its own (sigmoid) instead of one among all (softmax).</param>
public sealed record VitClassifierConfig(VitConfig Vision, IReadOnlyList<string> Labels, bool MultiLabel)
{
    /// <summary>Name of the network in <c>architectures</c>.</summary>
    public const string Architecture = "ViTForImageClassification";

    private const int MaximumLabels = 100_000;
    private const int MaximumLabelLength = 512;

    /// <summary>Whether a <c>vit</c> configuration is that of a classifier: it says so itself, or, where it names no architecture, its weights have a head.</summary>
    /// <exception cref="ModelFormatException">The weight file is damaged.</exception>
    public static bool IsClassifier(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] architectures = config.Strings("architectures", []);
        return config.String("model_type", "") == "vit" && (architectures.Length > 0 ? architectures.Contains(Architecture, StringComparer.Ordinal) : HasHead(config));
    }

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file contradicts itself or is of another model.</exception>
    public static VitClassifierConfig From(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        bool multiLabel = config.String("problem_type", "single_label_classification") switch
        {
            "single_label_classification" => false,
            "multi_label_classification" => true,
            var other => throw ModelKinds.Unsupported(config, "problem_type", other),
        };
        return new VitClassifierConfig(VitConfig.From(config), ReadLabels(config), multiLabel);
    }

    private static string[] ReadLabels(ModelConfig config)
    {
        (string Name, JsonElement Value)[] entries = [.. config.Sub("id2label").Entries];
        ModelLimits.Require(entries.Length is > 0 and <= MaximumLabels, config, $"id2label has {entries.Length} entries; 1 to {MaximumLabels} are expected");
        string?[] labels = new string?[entries.Length];
        foreach ((string name, JsonElement value) in entries)
        {
            bool known = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < labels.Length && labels[index] is null;
            ModelLimits.Require(known && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaximumLabelLength }, config,
                $"id2label must name the labels 0 to {labels.Length - 1} once each; '{(name.Length > 32 ? name[..32] : name)}' does not fit");
            labels[index] = value.GetString();
        }

        return [.. labels.Select(l => l!)];
    }

    private static bool HasHead(ModelConfig config)
    {
        string folder = Path.GetDirectoryName(config.Path) ?? "";
        if (!config.Has("id2label") || !Directory.Exists(folder) || !Directory.EnumerateFiles(folder, CheckpointDirectory.Transformers + "*.safetensors*").Any())
        {
            return false;
        }

        using CheckpointWeights weights = CheckpointDirectory.Open(folder, CheckpointDirectory.Transformers);
        return weights.Has("classifier.weight");
    }
}
