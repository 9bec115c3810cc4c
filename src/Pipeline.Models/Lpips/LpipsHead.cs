using Pipeline.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Lpips;

/// <summary>The weights of one tap's channels, under the published key <c>lin{k}.model.1.weight</c> (layer 0 is dropout, which nothing of use remains of after training).</summary>
internal sealed class LpipsHead : nn.Module
{
    private readonly HeadLayers model;

    public LpipsHead(WeightSource w, long channels)
        : base(nameof(LpipsHead))
    {
        model = new HeadLayers(w.Sub("model"), channels);
        RegisterComponents();
    }

    /// <summary>[1, C, 1, 1].</summary>
    public Parameter Weight => model.Layer.weight;

    private sealed class HeadLayers : nn.Module
    {
        public HeadLayers(WeightSource w, long channels)
            : base(nameof(HeadLayers))
        {
            Layer = new HeadWeight(w.Sub("1"), channels);
            register_module("1", Layer);
        }

        public HeadWeight Layer { get; }
    }

    private sealed class HeadWeight : nn.Module
    {
        // Where nothing is trained yet, every channel counts the same.
        private const double Start = 0.1;

        public readonly Parameter weight;

        public HeadWeight(WeightSource w, long channels)
            : base(nameof(HeadWeight))
        {
            weight = w.Parameter("weight", [1, channels, 1, 1], new Init(InitKind.Constant, Start));
            RegisterComponents();
        }
    }
}
