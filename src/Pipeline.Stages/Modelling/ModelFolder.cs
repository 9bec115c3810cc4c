using System.Text.Json;
using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Modelling;

/// <summary>The models of a run: sub-folders in Hugging Face layouts, recognised by what they hold, never by their names.</summary>
/// <param name="Root">The folder.</param>
/// <param name="Diffusion">A Stable Diffusion pipeline (<c>model_index.json</c>).</param>
/// <param name="Mllm">A LLaVA-NeXT (<c>model_type</c> llava_next).</param>
/// <param name="Captioner">A BLIP-2 (blip-2).</param>
/// <param name="Clip">A CLIP (clip).</param>
/// <param name="Dino">A vision transformer (vit).</param>
public sealed record ModelFolder(string Root, string? Diffusion, string? Mllm, string? Captioner, string? Clip, string? Dino)
{
    /// <summary>Looks into a folder.</summary>
    /// <exception cref="PipelineException">The folder is missing, or two of its sub-folders hold the same kind of model.</exception>
    public static ModelFolder Open(string root)
    {
        string full = Path.GetFullPath(root);
        if (!Directory.Exists(full))
        {
            throw Missing($"the model folder {full} does not exist; see `moodpipe models --help`");
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string folder in Directory.EnumerateDirectories(full).Order(StringComparer.Ordinal))
        {
            if (KindOf(folder) is { } kind && !found.TryAdd(kind, folder))
            {
                throw Missing($"the model folder has two models of kind {kind}: {found[kind]} and {folder}; keep one");
            }
        }

        return new ModelFolder(
            full, found.GetValueOrDefault("diffusion"), found.GetValueOrDefault("llava_next"), found.GetValueOrDefault("blip-2"), found.GetValueOrDefault("clip"), found.GetValueOrDefault("vit"));
    }

    private static string? KindOf(string folder)
    {
        if (File.Exists(Path.Combine(folder, "model_index.json")))
        {
            return "diffusion";
        }

        string config = Path.Combine(folder, "config.json");
        if (!File.Exists(config) || new FileInfo(config).Length > 1 << 20)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(config));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("model_type", out JsonElement type) && type.ValueKind == JsonValueKind.String
                ? type.GetString()
                : null;
        }
        catch (JsonException e)
        {
            throw Missing($"{config} is not JSON: {e.Message}");
        }
    }

    private static PipelineException Missing(string message) => new(ErrorCodes.ModelMissing, FaultClass.Environment, message);
}
