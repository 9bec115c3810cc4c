using Pipeline.Models.Checkpoints;
using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Classification;

/// <summary>
/// Vision transformer with a linear head on the class token (Dosovitskiy et al. 2020, arXiv 2010.11929, without the hidden layer that its pre-training head has), in the layout of
/// <c>ViTForImageClassification</c>: <c>vit.*</c> and <c>classifier.*</c>.
/// </summary>
public sealed class ViTForImageClassification : nn.Module
{
    private readonly ViTModel vit;
    private readonly Linear classifier;

    /// <summary>Builds the network from weights in the library's layout.</summary>
    public ViTForImageClassification(WeightSource w, VitClassifierConfig config)
        : base(nameof(ViTForImageClassification))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        vit = new ViTModel(w.Sub("vit"), config.Vision);
        classifier = new Linear(w.Sub("classifier"), config.Vision.Hidden, config.Labels.Count);
        RegisterComponents();
    }

    /// <summary>Sizes and labels of this network.</summary>
    public VitClassifierConfig Config { get; }

    /// <summary>Loads a directory with <c>config.json</c> and weights.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static ViTForImageClassification Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        VitClassifierConfig config = VitClassifierConfig.From(ModelConfig.Read(Path.Combine(directory, "config.json")));
        using CheckpointWeights weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        ViTForImageClassification model = new(weights, config);
        model.eval();
        return model;
    }

    /// <summary>Pixels [B, 3, H, W] → logits [B, labels]; the caller's. Differentiable.</summary>
    public Tensor Forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = vit.Forward(pixels, PositionInterpolation.Size);                // [B, 1+N, hidden]
        Tensor token = hidden.narrow(1, 0, 1).squeeze(1);                               // [B, hidden]
        return classifier.forward(token).MoveToOuterDisposeScope();
    }

    /// <summary>Logits [B, labels] → probabilities of the same shape by the configuration's rule; the caller's.</summary>
    public Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return Config.MultiLabel ? logits.sigmoid() : logits.softmax(-1);
    }
}
