using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = Pipeline.Models.Layers.Linear;

namespace Pipeline.Models.Clip;

/// <summary>
/// CLIP (Radford et al. 2021, arXiv 2103.00020): two towers and their projections into one space. Computation and both pooling rules follow the
/// published checkpoints (see <see cref="ClipTextConfig.PoolsAtLargestId"/>).
/// </summary>
public sealed class ClipModel : nn.Module
{
    private readonly ClipTextTransformer text_model;
    private readonly ClipVisionTransformer vision_model;
    private readonly Linear visual_projection;
    private readonly Linear text_projection;
    private readonly Parameter logit_scale;

    /// <summary>Builds both towers from a checkpoint's root.</summary>
    public ClipModel(WeightSource w, ClipConfig config)
        : base(nameof(ClipModel))
    {
        Config = config;
        text_model = new ClipTextTransformer(w.Sub("text_model"), config.Text);
        vision_model = new ClipVisionTransformer(w.Sub("vision_model"), config.Vision);
        visual_projection = new Linear(w.Sub("visual_projection"), config.Vision.Tower.Hidden, config.Projection, bias: false);
        text_projection = new Linear(w.Sub("text_projection"), config.Text.Tower.Hidden, config.Projection, bias: false);
        logit_scale = w.Parameter("logit_scale", [], new Init(InitKind.Constant, Math.Log(1.0 / 0.07)));
        RegisterComponents();
    }

    /// <summary>Sizes and rules.</summary>
    public ClipConfig Config { get; }

    /// <summary>What the towers compute in.</summary>
    public ScalarType Dtype => logit_scale.dtype;

    /// <summary>Logarithm of the factor on cosine similarities; a scalar that stays the model's.</summary>
    public Tensor LogitScale => logit_scale;

    /// <summary>Loads a directory with <c>config.json</c> and weights.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static ClipModel Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = ModelConfig.Read(Path.Combine(directory, "config.json"));
        if (config.String("model_type", "") is not "clip" and var other)
        {
            throw ModelKinds.Unexpected(config, other, "clip");
        }

        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new ClipModel(weights, ClipConfig.From(config));
        model.eval();
        return model;
    }

    /// <summary>Text tower on ids [B, n] and the tokenizer's mask [B, n]; the output is the caller's.</summary>
    public ClipTextOutput ForwardText(Tensor ids, Tensor? attentionMask, ActivationProbe? probe = null) => text_model.Forward(ids, attentionMask, probe);

    /// <summary>Image tower on pixels [B, 3, S, S]; the output is the caller's.</summary>
    public ClipVisionOutput ForwardImage(Tensor pixels, ActivationProbe? probe = null) => vision_model.Forward(pixels, probe);

    /// <summary>All image tokens after the final layer norm, not projected: pixels [B, 3, S, S] → [B, 1+N, hidden], class token first; the caller's.</summary>
    public Tensor ImageTokens(Tensor pixels) => vision_model.Tokens(pixels);

    /// <summary>Pooled text vectors [B, hidden] → [B, projection], not normalised; the caller's.</summary>
    public Tensor ProjectText(Tensor pooled) => text_projection.forward(pooled);

    /// <summary>Pooled image vectors [B, hidden] → [B, projection], not normalised; the caller's.</summary>
    public Tensor ProjectImage(Tensor pooled) => visual_projection.forward(pooled);

    /// <summary>Text features of unit length [B, projection]; the caller's. Differentiable.</summary>
    public Tensor EmbedText(Tensor ids, Tensor? attentionMask)
    {
        using var scope = NewDisposeScope();
        return UnitLength(ProjectText(text_model.Forward(ids, attentionMask, default).Pooled)).MoveToOuterDisposeScope();
    }

    /// <summary>Image features of unit length [B, projection]; the caller's. Differentiable.</summary>
    public Tensor EmbedImage(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return UnitLength(ProjectImage(vision_model.Forward(pixels, default).Pooled)).MoveToOuterDisposeScope();
    }

    /// <summary>exp(logit scale) · image · textᵀ of unit vectors: [images, texts], the caller's.</summary>
    public Tensor LogitsPerImage(Tensor imageEmbeddings, Tensor textEmbeddings)
    {
        using var scope = NewDisposeScope();
        return (imageEmbeddings.matmul(textEmbeddings.transpose(0, 1)) * logit_scale.exp()).MoveToOuterDisposeScope();
    }

    /// <summary>Divides the last axis by its L2 norm; the caller's.</summary>
    public static Tensor UnitLength(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x / x.norm(-1, true)).MoveToOuterDisposeScope();
    }
}
