using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>The image encoder of adapter pipelines: image tower plus projection, keys <c>vision_model.*</c> and <c>visual_projection.weight</c>.</summary>
public sealed class ClipVisionModelWithProjection : nn.Module
{
    private readonly ClipVisionTransformer vision_model;
    private readonly Linear visual_projection;

    /// <summary>Builds the encoder from a checkpoint's root.</summary>
    public ClipVisionModelWithProjection(WeightSource w, ClipVisionConfig config)
        : base(nameof(ClipVisionModelWithProjection))
    {
        Config = config;
        vision_model = new ClipVisionTransformer(w.Sub("vision_model"), config);
        visual_projection = new Linear(w.Sub("visual_projection"), config.Tower.Hidden, config.Projection, bias: false);
        RegisterComponents();
    }

    /// <summary>Sizes of this tower.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Loads a directory with <c>config.json</c> and weights; a whole CLIP is accepted, its text side is left unread.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static ClipVisionModelWithProjection Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = ModelConfig.Read(Path.Combine(directory, "config.json"));
        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new ClipVisionModelWithProjection(weights, VisionPart(config));
        model.eval();
        return model;
    }

    /// <summary>Pixels [B, 3, S, S] → output of the tower, the caller's.</summary>
    public ClipVisionOutput Forward(Tensor pixels, ActivationProbe? probe = null) => vision_model.Forward(pixels, probe);

    /// <summary>Image embeddings [B, projection], <b>not</b> normalised; the caller's.</summary>
    public Tensor Embed(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var output = vision_model.Forward(pixels, default);
        return Project(output.Pooled).MoveToOuterDisposeScope();
    }

    /// <summary>Projects pooled vectors [B, hidden] of <see cref="Forward"/> to [B, projection]; the caller's.</summary>
    public Tensor Project(Tensor pooled) => visual_projection.forward(pooled);

    internal static ClipVisionConfig VisionPart(ModelConfig config)
    {
        switch (config.String("model_type", ""))
        {
            case "clip_vision_model":
                return ClipVisionConfig.From(config);
            case "clip":
                var whole = ClipConfig.From(config);
                return whole.Vision with { Projection = whole.Projection };
            case var other:
                throw ModelKinds.Unexpected(config, other, "clip_vision_model, clip");
        }
    }
}
