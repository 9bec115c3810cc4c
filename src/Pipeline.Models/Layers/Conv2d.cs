using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>2-D convolution with square kernel, equal stride and zero padding on all sides.</summary>
public sealed class Conv2d : nn.Module<Tensor, Tensor>
{
    private readonly long[] _stride;
    private readonly long[] _padding;

    public readonly Parameter weight;
    public readonly Parameter? bias;

    /// <summary>Takes <c>weight</c> [out, in, kernel, kernel] and, unless switched off, <c>bias</c> [out].</summary>
    public Conv2d(WeightSource w, long inChannels, long outChannels, long kernel, long stride = 1, long padding = 0, bool bias = true)
        : base(nameof(Conv2d))
    {
        _stride = [stride, stride];
        _padding = [padding, padding];
        weight = w.Parameter("weight", [outChannels, inChannels, kernel, kernel], Init.KaimingUniform);
        this.bias = bias ? w.Parameter("bias", [outChannels], new Init(InitKind.KaimingUniform, inChannels * kernel * kernel)) : null;
        RegisterComponents();
    }

    /// <summary>[B, in, H, W] to [B, out, H', W']; the caller owns the result.</summary>
    public override Tensor forward(Tensor x) => ProductPrecision.Conv2d(x, weight, bias, _stride, _padding);
}
