using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>The text encoder of Stable Diffusion and friends: CLIP's text tower alone, keys <c>text_model.*</c>.</summary>
public sealed class ClipTextModel : nn.Module
{
    private readonly ClipTextTransformer text_model;

    /// <summary>Builds the tower from weights whose names start with <c>text_model.</c>.</summary>
    public ClipTextModel(WeightSource w, ClipTextConfig config)
        : base(nameof(ClipTextModel))
    {
        Config = config;
        text_model = new ClipTextTransformer(w.Sub("text_model"), config);
        RegisterComponents();
    }

    /// <summary>Sizes and rules of this tower.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Loads a directory with <c>config.json</c> and weights; a whole CLIP is accepted, its image side is left unread.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static ClipTextModel Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = ClipTextConfig.Read(directory);
        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new ClipTextModel(weights, config);
        model.eval();
        return model;
    }

    /// <summary>
    /// Runs the tower on ids [B, n]. Stable Diffusion passes no <paramref name="attentionMask"/> (later positions see the padding);
    /// <see cref="ClipModel"/> passes the tokenizer's. The output is the caller's.
    /// </summary>
    public ClipTextOutput Forward(Tensor ids, Tensor? attentionMask = null, ActivationProbe? probe = null) => text_model.Forward(ids, attentionMask, probe);

    /// <summary>
    /// The conditioning of a diffusion model: [B, n, hidden] after the final layer norm. <paramref name="skippedLayers"/> = 1 is what user interfaces
    /// call "clip skip 2": the penultimate state, still normalised; skipped layers are not computed. The result is the caller's.
    /// </summary>
    public Tensor Encode(Tensor ids, int skippedLayers = 0, Tensor? attentionMask = null) => text_model.Encode(ids, skippedLayers, attentionMask);

    internal static ClipTextConfig TextPart(ModelConfig config)
    {
        switch (config.String("model_type", ""))
        {
            case "clip_text_model":
                return ClipTextConfig.From(config);
            case "clip":
                var whole = ClipConfig.From(config);
                return whole.Text with { Projection = whole.Projection };
            case var other:
                throw ModelKinds.Unexpected(config, other, "clip_text_model, clip");
        }
    }
}
