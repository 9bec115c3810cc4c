using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Contrast;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>A whole Stable Diffusion folder in diffusers' layout: the trained UNet with the autoencoder, text tower and tokenizer that it was trained over, and the noise schedule.</summary>
internal static class DiffusionExport
{
    private const string Weights = ".safetensors", Config = "config.json", TextKeys = "text_model.";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>Writes all parts.</summary>
    public static void Write(string folder, UNet2DConditionModel network, JsonObject model, DiffusionBases bases, bool half, IReadOnlyDictionary<string, string> metadata)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        WriteWeights(Part(folder, "unet"), CheckpointDirectory.Diffusers, network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), half, metadata);
        WriteJson(Path.Combine(folder, "unet", Config), model);
        CopyWeights(bases.VaeFolder, Part(folder, "vae"), CheckpointDirectory.Diffusers, "", half);
        File.Copy(Path.Combine(bases.VaeFolder, Config), Path.Combine(folder, "vae", Config), overwrite: true);
        CopyWeights(bases.ClipFolder, Part(folder, "text_encoder"), CheckpointDirectory.Transformers, TextKeys, half);
        WriteJson(Path.Combine(folder, "text_encoder", Config), TextConfig(bases.ClipFolder));
        TokenizerFiles.Copy(bases.ClipFolder, Part(folder, "tokenizer"));
        WriteJson(Path.Combine(Part(folder, "scheduler"), "scheduler_config.json"), Scheduler());
        WriteJson(Path.Combine(folder, "model_index.json"), Index());
    }

    private static string Part(string folder, string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    private static void CopyWeights(string from, string to, string name, string prefix, bool half)
    {
        using CheckpointWeights weights = CheckpointDirectory.Open(from, name);
        WriteWeights(
            to, name, weights.Files.SelectMany(f => f.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => (n, f.ReadTensor(n, CPU, ScalarType.Float32)))), half, weights.Files[0].Metadata);
    }

    private static void WriteWeights(string folder, string name, IEnumerable<(string Name, Tensor Value)> tensors, bool half, IReadOnlyDictionary<string, string> metadata) =>
        SafetensorsWriter.Write(Path.Combine(folder, name + Weights), tensors.Select(t => (t.Name, half ? t.Value.half() : t.Value)), metadata);

    /// <summary>The text part of a CLIP's configuration, as a text tower alone stores it.</summary>
    private static JsonObject TextConfig(string clip)
    {
        JsonObject whole = JsonNode.Parse(File.ReadAllBytes(Path.Combine(clip, Config)))!.AsObject();
        JsonObject text = (whole["text_config"] as JsonObject)?.DeepClone().AsObject() ?? [];
        text["architectures"] = new JsonArray("CLIPTextModel");
        text["model_type"] = "clip_text_model";
        text["projection_dim"] ??= whole["projection_dim"]?.DeepClone();
        return text;
    }

    // What Stable Diffusion 1.x stores; the noise levels are those of training.
    private static JsonObject Scheduler() => new()
    {
        ["_class_name"] = "DDIMScheduler", ["beta_end"] = 0.012, ["beta_schedule"] = "scaled_linear", ["beta_start"] = 0.00085, ["clip_sample"] = false, ["num_train_timesteps"] = 1000,
        ["prediction_type"] = "epsilon", ["set_alpha_to_one"] = false, ["steps_offset"] = 1, ["timestep_spacing"] = "leading", ["trained_betas"] = null,
    };

    private static JsonObject Index() => new()
    {
        ["_class_name"] = "StableDiffusionPipeline",
        ["feature_extractor"] = new JsonArray(null, null),
        ["requires_safety_checker"] = false,
        ["safety_checker"] = new JsonArray(null, null),
        ["scheduler"] = new JsonArray("diffusers", "DDIMScheduler"),
        ["text_encoder"] = new JsonArray("transformers", "CLIPTextModel"),
        ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
        ["unet"] = new JsonArray("diffusers", "UNet2DConditionModel"),
        ["vae"] = new JsonArray("diffusers", "AutoencoderKL"),
    };

    private static void WriteJson(string path, JsonObject value) => File.WriteAllText(path, value.ToJsonString(s_json) + "\n");
}
