using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>T5's MLP: wo(act(wi x)), or gated wo(act(wi_0 x) · wi_1 x).</summary>
internal sealed class T5FeedForward : nn.Module
{
    private readonly string _activation;
    private readonly Linear? wi;
    private readonly Linear? wi_0;
    private readonly Linear? wi_1;
    private readonly Linear wo;

    public T5FeedForward(WeightSource w, T5Config config)
        : base(nameof(T5FeedForward))
    {
        _activation = Activations.Require(config.Activation);
        if (config.Gated)
        {
            wi_0 = new Linear(w.Sub("wi_0"), config.Width, config.Intermediate, bias: false);
            wi_1 = new Linear(w.Sub("wi_1"), config.Width, config.Intermediate, bias: false);
        }
        else
        {
            wi = new Linear(w.Sub("wi"), config.Width, config.Intermediate, bias: false);
        }

        wo = new Linear(w.Sub("wo"), config.Intermediate, config.Width, bias: false);
        RegisterComponents();
    }

    /// <summary>[B, L, width] → [B, L, width].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var inner = wi is not null
            ? Activations.Apply(_activation, wi.forward(x))
            : Activations.Apply(_activation, wi_0!.forward(x)) * wi_1!.forward(x);
        return wo.forward(inner).MoveToOuterDisposeScope();
    }
}
