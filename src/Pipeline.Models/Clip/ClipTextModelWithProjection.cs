using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>The second text encoder of Stable Diffusion XL: text tower plus projection, keys <c>text_model.*</c> and <c>text_projection.weight</c>.</summary>
public sealed class ClipTextModelWithProjection : nn.Module
{
    private readonly ClipTextTransformer text_model;
    private readonly Linear text_projection;

    /// <summary>Builds the encoder from a checkpoint's root.</summary>
    public ClipTextModelWithProjection(WeightSource w, ClipTextConfig config)
        : base(nameof(ClipTextModelWithProjection))
    {
        Config = config;
        text_model = new ClipTextTransformer(w.Sub("text_model"), config);
        text_projection = new Linear(w.Sub("text_projection"), config.Tower.Hidden, config.Projection, bias: false);
        RegisterComponents();
    }

    /// <summary>Sizes and rules of this tower.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Loads a directory with <c>config.json</c> and weights; a whole CLIP is accepted, its image side is left unread.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static ClipTextModelWithProjection Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = ClipTextConfig.Read(directory);
        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new ClipTextModelWithProjection(weights, config);
        model.eval();
        return model;
    }

    /// <summary>Ids [B, n] → output of the tower, the caller's; Stable Diffusion XL uses its penultimate state and passes no mask.</summary>
    public ClipTextOutput Forward(Tensor ids, Tensor? attentionMask = null, ActivationProbe? probe = null) => text_model.Forward(ids, attentionMask, probe);

    /// <summary>Projects pooled vectors [B, hidden] of <see cref="Forward"/> to [B, projection], <b>not</b> normalised; the caller's.</summary>
    public Tensor Project(Tensor pooled) => text_projection.forward(pooled);
}
