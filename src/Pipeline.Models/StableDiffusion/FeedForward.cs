using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>The transformer's feed-forward part with a gated exact GELU (Shazeer 2020, arXiv 2002.05202): [value | gate] = W x, out = V (value · GELU(gate)).</summary>
public sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Modules.ModuleList<nn.Module<Tensor, Tensor>> net;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    public FeedForward(WeightSource w, long channels)
        : base(nameof(FeedForward))
    {
        ArgumentNullException.ThrowIfNull(w);
        long inner = channels * 4;

        // net.1 is the reference's dropout, which has no weights.
        net = new Modules.ModuleList<nn.Module<Tensor, Tensor>>(
            new GeGlu(w.Sub("net.0"), channels, inner), new NoDropout(), new Linear(w.Sub("net.2"), inner, channels));
        RegisterComponents();
    }

    /// <summary>[B, T, C] to [B, T, C]; the result is the caller's.</summary>
    public override Tensor forward(Tensor input)
    {
        using Tensor gated = net[0].call(input);
        return net[2].call(gated);
    }

    private sealed class NoDropout() : nn.Module<Tensor, Tensor>(nameof(NoDropout))
    {
        public override Tensor forward(Tensor input) => input.alias();
    }

    private sealed class GeGlu : nn.Module<Tensor, Tensor>
    {
        private readonly Linear proj;

        public GeGlu(WeightSource w, long channels, long inner)
            : base(nameof(GeGlu))
        {
            proj = new Linear(w.Sub("proj"), channels, inner * 2);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            Tensor[] halves = proj.call(input).chunk(2, -1);                        // [B, T, 8C] -> value, gate [B, T, 4C]
            return nn.functional.gelu(halves[1]).mul_(halves[0]).MoveToOuterDisposeScope();
        }
    }
}
