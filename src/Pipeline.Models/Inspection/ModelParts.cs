using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Inspection;

/// <summary>Finds everything that a model directory holds.</summary>
public static class ModelParts
{
    private const int MaximumDepth = 4;

    private static readonly string[][] s_tokenizerFiles = [["vocab.json", "merges.txt"], ["tokenizer.model"], ["spiece.model"], ["tokenizer.json"]];

    /// <summary>The parts of a folder and of its sub-folders, in order of their paths.</summary>
    /// <exception cref="ModelFormatException">A configuration is malformed.</exception>
    public static IReadOnlyList<ModelPart> Find(string root)
    {
        EnumerationOptions below = new() { RecurseSubdirectories = true, MaxRecursionDepth = MaximumDepth, AttributesToSkip = FileAttributes.Hidden | FileAttributes.ReparsePoint };
        string full = Path.GetFullPath(root);
        IEnumerable<string> folders = [full, .. Directory.EnumerateDirectories(full, "*", below).Order(StringComparer.Ordinal)];
        return [.. folders.SelectMany(In)];
    }

    private static IEnumerable<ModelPart> In(string folder)
    {
        if (Exists("model_index.json"))
        {
            yield return new ModelPart(PartKind.Pipeline, folder, Name("model_index.json", "_class_name"));
        }

        if (Exists("config.json"))
        {
            ModelConfig config = ModelConfig.Read(Path.Combine(folder, "config.json"));
            string name = ModelNetworks.NameOf(config);
            yield return new ModelPart(ModelNetworks.IsKnown(name) ? PartKind.Network : PartKind.Unknown, folder, name);
        }

        if (s_tokenizerFiles.Any(files => files.All(Exists)))
        {
            yield return new ModelPart(PartKind.Tokenizer, folder, Exists("tokenizer_config.json") ? Name("tokenizer_config.json", "tokenizer_class") : "unnamed");
        }

        if (Exists("preprocessor_config.json"))
        {
            yield return new ModelPart(PartKind.ImageProcessor, folder, Name("preprocessor_config.json", "image_processor_type"));
        }

        if (Exists("scheduler_config.json"))
        {
            yield return new ModelPart(PartKind.Scheduler, folder, Name("scheduler_config.json", "_class_name"));
        }

        bool Exists(string file) => File.Exists(Path.Combine(folder, file));

        string Name(string file, string key) => ModelConfig.Read(Path.Combine(folder, file)).String(key, "unnamed");
    }
}
