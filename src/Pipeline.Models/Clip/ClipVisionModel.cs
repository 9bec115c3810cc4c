using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>CLIP's image tower alone, keys <c>vision_model.*</c>. It is also the eye of LLaVA-NeXT.</summary>
public sealed class ClipVisionModel : nn.Module
{
    private readonly ClipVisionTransformer vision_model;

    /// <summary>Builds the tower from weights whose names start with <c>vision_model.</c>.</summary>
    public ClipVisionModel(WeightSource w, ClipVisionConfig config)
        : base(nameof(ClipVisionModel))
    {
        Config = config;
        vision_model = new ClipVisionTransformer(w.Sub("vision_model"), config);
        RegisterComponents();
    }

    /// <summary>Sizes of this tower.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Loads a directory with <c>config.json</c> and weights; a whole CLIP is accepted, its text side is left unread.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static ClipVisionModel Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = ModelConfig.Read(Path.Combine(directory, "config.json"));
        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new ClipVisionModel(weights, ClipVisionModelWithProjection.VisionPart(config));
        model.eval();
        return model;
    }

    /// <summary>Pixels [B, 3, S, S] → output, the caller's.</summary>
    public ClipVisionOutput Forward(Tensor pixels, ActivationProbe? probe = null) => vision_model.Forward(pixels, probe);

    /// <summary><c>hidden_states[layer]</c>, negative from the end; layers beyond it are not computed. [B, 1+N, hidden], the caller's.</summary>
    public Tensor HiddenState(Tensor pixels, int layer) => vision_model.HiddenState(pixels, layer, default);
}
