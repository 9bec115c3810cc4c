using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models.Checkpoints.Pickles;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// Converts pickled checkpoints to safetensors, once and offline. The pickle is read by a reader that knows only tables of tensors and never calls what a
/// pickle names.
/// </summary>
public static class PickleConverter
{
    private static readonly string[] s_extensions = [".bin", ".ckpt", ".pt", ".pth", ".th"];

    /// <summary>The pickles of a folder with the file each becomes, in order of their names.</summary>
    public static IReadOnlyList<(string Source, string Target)> Plan(string directory) =>
        [.. Directory.EnumerateFiles(directory).Where(f => s_extensions.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal).Select(f => (f, TargetOf(f)))];

    /// <summary>Converts one file; the source stays.</summary>
    /// <returns>Number of tensors written.</returns>
    /// <exception cref="ModelFormatException">The file is damaged or holds more than tensors.</exception>
    public static int Convert(string source, string target)
    {
        using TorchFile archive = TorchFile.Open(source);
        SafetensorsWriter.Write(
            target,
            [.. archive.Tensors.Select(t => new SafetensorsWriter.Item(t.Key, t.Value.Shape, TensorReader.ScalarTypeOf(t.Value.Storage.Type), () => archive.Read(t.Value)))],
            new Dictionary<string, string> { ["format"] = "pt" });
        return archive.Tensors.Count;
    }

    /// <summary>Writes the index of converted shards beside that of the pickles; null when the folder has none.</summary>
    /// <returns>Path of the new index.</returns>
    public static string? ConvertIndex(string directory)
    {
        string? source = Directory.EnumerateFiles(directory, "*.bin.index.json").FirstOrDefault();
        if (source is null)
        {
            return null;
        }

        ModelConfig index = ModelConfig.Read(source, 64L << 20);
        ModelConfig weights = index.Sub("weight_map");
        JsonObject map = new(weights.Entries.Select(e => KeyValuePair.Create(e.Name, (JsonNode?)JsonValue.Create(
            e.Value.ValueKind == JsonValueKind.String ? Path.GetFileName(TargetOf(e.Value.GetString()!)) : throw weights.Wrong(e.Name, "a file name")))));
        string name = Path.GetFileName(source).Replace(".bin.index.json", ".safetensors.index.json", StringComparison.Ordinal);
        string target = Path.Combine(directory, Renamed(name));
        File.WriteAllText(target, new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return target;
    }

    private static string TargetOf(string source) =>
        Path.Combine(Path.GetDirectoryName(source) ?? "", Renamed(Path.GetFileNameWithoutExtension(source) + ".safetensors"));

    /// <summary>transformers calls its pickles <c>pytorch_model</c> and its safetensors <c>model</c>; diffusers calls both the same.</summary>
    private static string Renamed(string name) => name.StartsWith("pytorch_model", StringComparison.Ordinal) ? name["pytorch_".Length..] : name;
}
