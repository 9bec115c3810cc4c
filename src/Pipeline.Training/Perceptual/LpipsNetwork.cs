using Pipeline.Models.Layers;
using Pipeline.Models.Lpips;
using Pipeline.Training.Judging;
using static TorchSharp.torch;

namespace Pipeline.Training.Perceptual;

/// <summary>An LPIPS network with a classifier on its last tap, which only the training has.</summary>
internal sealed class LpipsNetwork : nn.Module
{
    private readonly Linear classifier;

    public readonly LpipsModel lpips;

    public LpipsNetwork(WeightSource w, LpipsConfig config)
        : base(nameof(LpipsNetwork))
    {
        lpips = new LpipsModel(w.Sub("lpips"), config);
        int side = Side(lpips);
        classifier = new Linear(w.Sub("classifier"), (long)config.Channels[^1] * side * side, WorldLabels.All.Count);
        RegisterComponents();
    }

    /// <summary>Activations of the last tap → logits [B, labels]; the caller's. Positions are kept apart, as in the published trunk's own classifier.</summary>
    public Tensor Classify(Tensor lastTap)
    {
        using Tensor flat = lastTap.flatten(1);
        return classifier.forward(flat);
    }

    /// <summary>Side of the last tap for pictures of the world.</summary>
    private static int Side(LpipsModel model)
    {
        using var scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        return (int)model.Activations(zeros([1, 3, World.Canvas.Side, World.Canvas.Side], ScalarType.Float32, model.ChannelWeights[0].device))[^1].shape[2];
    }
}
