using System.Text.Json;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// Finds the weight files of a component: <c>NAME.safetensors</c>, or shards listed in <c>NAME.safetensors.index.json</c>, or the half-precision
/// variant <c>NAME.fp16.safetensors</c>. Pickles are refused: loading one can run code.
/// </summary>
public static class CheckpointDirectory
{
    /// <summary>Base name of Hugging Face transformers checkpoints.</summary>
    public const string Transformers = "model";

    /// <summary>Base name of diffusers checkpoints.</summary>
    public const string Diffusers = "diffusion_pytorch_model";

    private const long MaximumIndexBytes = 64L << 20;
    private const int MaximumShards = 4096;

    /// <summary>Opens the weights of a folder.</summary>
    /// <param name="directory">The component's folder.</param>
    /// <param name="baseName"><see cref="Transformers"/> or <see cref="Diffusers"/>.</param>
    /// <param name="options">Device and type; CPU and float32 by default.</param>
    /// <exception cref="ModelFormatException">No readable weights are there, or they are damaged.</exception>
    public static CheckpointWeights Open(string directory, string baseName, WeightOptions? options = null)
    {
        foreach (string variant in (string[])["", ".fp16"])
        {
            string single = Path.Combine(directory, baseName + variant + ".safetensors");
            if (File.Exists(single))
            {
                return CheckpointWeights.OpenFile(single, options);
            }

            // Both spellings of a variant's index exist: NAME.safetensors.index.fp16.json and NAME.fp16.safetensors.index.json.
            foreach (string index in (string[])[$"{baseName}.safetensors.index{variant}.json", $"{baseName}{variant}.safetensors.index.json"])
            {
                if (File.Exists(Path.Combine(directory, index)))
                {
                    return OpenShards(directory, index, options ?? new WeightOptions());
                }
            }
        }

        throw Missing(directory, baseName);
    }

    private static CheckpointWeights OpenShards(string directory, string indexName, WeightOptions options)
    {
        string indexPath = Path.Combine(directory, indexName);
        Dictionary<string, string> map = ReadIndex(indexPath);
        Dictionary<string, SafetensorsFile> files = new(StringComparer.Ordinal);
        try
        {
            Dictionary<string, SafetensorsFile> tensors = new(StringComparer.Ordinal);
            foreach ((string name, string shard) in map)
            {
                if (!files.TryGetValue(shard, out SafetensorsFile? file))
                {
                    file = SafetensorsFile.Open(Path.Combine(directory, shard));
                    files.Add(shard, file);
                }

                if (!file.Contains(name))
                {
                    throw new ModelFormatException($"{indexPath}: tensor {name} should be in {shard}, which does not have it: index and shards are of different downloads");
                }

                tensors.Add(name, file);
            }

            return new CheckpointWeights(directory, [.. files.Values], tensors, options);
        }
        catch
        {
            foreach (SafetensorsFile file in files.Values)
            {
                file.Dispose();
            }

            throw;
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        ModelConfig index = ModelConfig.Read(path, MaximumIndexBytes);
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        HashSet<string> shards = new(StringComparer.Ordinal);
        foreach ((string name, JsonElement value) in index.Sub("weight_map").Entries)
        {
            string shard = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            // The name comes from a download: it must be a plain file name beside the index.
            if (shard.Length is 0 or > 255 || Path.GetFileName(shard) != shard || shard.Contains('\\') || shard.Contains('\0')
                || !shard.EndsWith(".safetensors", StringComparison.Ordinal))
            {
                throw new ModelFormatException($"{path}: weight_map.{name} names '{(shard.Length > 64 ? shard[..64] : shard)}', which is not a .safetensors file of this folder");
            }

            shards.Add(shard);
            if (shards.Count > MaximumShards || !map.TryAdd(name, shard))
            {
                throw new ModelFormatException($"{path}: weight_map has {name} twice, or more than {MaximumShards} files");
            }
        }

        return map.Count > 0 ? map : throw new ModelFormatException($"{path}: weight_map is empty");
    }

    private static ModelFormatException Missing(string directory, string baseName)
    {
        if (!Directory.Exists(directory))
        {
            return new ModelFormatException($"{directory}: no such folder");
        }

        string? pickle = Directory.EnumerateFiles(directory).Select(Path.GetFileName)
            .FirstOrDefault(n => n!.EndsWith(".bin", StringComparison.Ordinal) || n.EndsWith(".ckpt", StringComparison.Ordinal)
                || n.EndsWith(".pt", StringComparison.Ordinal) || n.EndsWith(".pth", StringComparison.Ordinal));
        return new ModelFormatException(pickle is null
            ? $"{directory}: has no {baseName}.safetensors, no {baseName}.safetensors.index.json and no .fp16 variant of either"
            : $"{directory}: only {pickle} is there, a pickle, which can run code when it is loaded; convert it once with `moodpipe models convert {directory}`");
    }
}
