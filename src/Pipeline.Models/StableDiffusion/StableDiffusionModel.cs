using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Tokenizers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>
/// A Stable Diffusion checkpoint in diffusers' layout: denoiser, autoencoder, text encoder, tokenizer and the configuration of its scheduler. Owns the networks. Thread-safe for
/// inference: it has no state besides weights and a counter.
/// </summary>
public sealed class StableDiffusionModel : IDisposable
{
    private StableDiffusionModel(string directory, UNet2DConditionModel unet, AutoencoderKL vae, ClipTextModel textEncoder, ClipTokenizer tokenizer, ModelConfig scheduler)
    {
        Directory = directory;
        (UNet, Vae, TextEncoder, Tokenizer, Scheduler) = (unet, vae, textEncoder, tokenizer, scheduler);
    }

    /// <summary>The folder with <c>model_index.json</c>.</summary>
    public string Directory { get; }

    /// <summary>The denoiser.</summary>
    public UNet2DConditionModel UNet { get; }

    /// <summary>The autoencoder.</summary>
    public AutoencoderKL Vae { get; }

    /// <summary>The text encoder.</summary>
    public ClipTextModel TextEncoder { get; }

    /// <summary>The tokenizer.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>The scheduler's configuration; <c>_class_name</c> names the class it was written for.</summary>
    public ModelConfig Scheduler { get; }

    /// <summary>Device of the networks.</summary>
    public Device Device => UNet.Device;

    /// <summary>Tokens a prompt is padded or cut to, 77 in the published models.</summary>
    public int TextLength => TextEncoder.Config.Positions;

    /// <summary>Loads a model folder.</summary>
    /// <param name="directory">The folder with <c>model_index.json</c>.</param>
    /// <param name="device">Where the networks live; CPU by default.</param>
    /// <param name="dtype">Their type; single precision by default, and for the autoencoder always where its configuration says force_upcast.</param>
    /// <exception cref="ModelFormatException">A component is missing, damaged, or of a kind this program does not have.</exception>
    public static StableDiffusionModel Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        ModelConfig index = ModelConfig.Read(Path.Combine(directory, "model_index.json"));
        RequireComponent(index, "unet", "UNet2DConditionModel");
        RequireComponent(index, "vae", "AutoencoderKL");
        RequireComponent(index, "text_encoder", "CLIPTextModel");
        RequireComponent(index, "tokenizer", "CLIPTokenizer", "CLIPTokenizerFast");
        if (index.Find("text_encoder_2") is { ValueKind: JsonValueKind.Array } second && second[0].ValueKind != JsonValueKind.Null)
        {
            throw new ModelFormatException($"{index.Path}: text_encoder_2 is there: pipelines with two text encoders (SDXL) are not supported");
        }

        ModelConfig scheduler = ModelConfig.Read(Path.Combine(directory, "scheduler", "scheduler_config.json"));
        ClipTokenizer tokenizer = TokenizerLoader.LoadClip(Path.Combine(directory, "tokenizer"));
        WeightOptions options = new(device, dtype);
        ClipTextModel? text = null;
        UNet2DConditionModel? unet = null;
        try
        {
            text = ClipTextModel.Load(Path.Combine(directory, "text_encoder"), device, dtype);
            unet = UNet2DConditionModel.Load(Path.Combine(directory, "unet"), options);
            RequireSameWidth(directory, text, unet);
            return new StableDiffusionModel(directory, unet, AutoencoderKL.Load(Path.Combine(directory, "vae"), options), text, tokenizer, scheduler);
        }
        catch
        {
            text?.Dispose();
            unet?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Text states [n, 77, X] of prompts as the denoiser takes them: the last hidden state after the final norm, of padded tokens without a padding mask. Longer prompts are cut. The
    /// caller's.
    /// </summary>
    public Tensor EncodeText(IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        using var scope = NewDisposeScope();
        long[] ids = [.. prompts.SelectMany(p => Tokenizer.EncodePadded(p, TextLength)).Select(id => (long)id)];
        Tensor tokens = tensor(ids).view(prompts.Count, TextLength).to(Device);     // [n, 77]
        return TextEncoder.Encode(tokens).MoveToOuterDisposeScope();                // [n, 77, X]
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        UNet.Dispose();
        Vae.Dispose();
        TextEncoder.Dispose();
    }

    // "unet": ["diffusers", "UNet2DConditionModel"]
    private static void RequireComponent(ModelConfig index, string key, params string[] classes)
    {
        string? found = index.Find(key) is { ValueKind: JsonValueKind.Array } entry && entry.GetArrayLength() == 2 && entry[1].ValueKind == JsonValueKind.String
            ? entry[1].GetString()
            : null;
        if (found is null || !classes.Contains(found))
        {
            throw new ModelFormatException($"{index.Path}: {key} is {found ?? "missing"}, not {string.Join(" or ", classes)}: this is not a Stable Diffusion 1 or 2 pipeline");
        }
    }

    private static void RequireSameWidth(string directory, ClipTextModel text, UNet2DConditionModel unet)
    {
        int width = text.Config.Tower.Hidden;
        if (unet.Config.Levels.FirstOrDefault(l => l.ContextChannels != width) is { } level)
        {
            throw new ModelFormatException($"{directory}: the text encoder's states are {width} wide, the UNet's cross_attention_dim is {level.ContextChannels}: they belong to different models");
        }
    }
}
