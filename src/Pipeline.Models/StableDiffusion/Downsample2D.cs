using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Halves the resolution with a 3x3 convolution of stride 2.</summary>
/// <remarks>With padding 0 the input is padded by one row and column of zeros at the bottom and right only: the autoencoder's way.</remarks>
public sealed class Downsample2D : nn.Module<Tensor, Tensor>
{
    private readonly bool _asymmetric;
    private readonly Conv2d conv;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    public Downsample2D(WeightSource w, long channels, long padding)
        : base(nameof(Downsample2D))
    {
        ArgumentNullException.ThrowIfNull(w);
        _asymmetric = padding == 0;
        conv = new Conv2d(w.Sub("conv"), channels, channels, 3, 2, padding);
        RegisterComponents();
    }

    /// <summary>[B, C, H, W] to [B, C, ceil(H/2), ceil(W/2)] (rounded down without padding); the result is the caller's.</summary>
    public override Tensor forward(Tensor input)
    {
        if (!_asymmetric)
        {
            return conv.call(input);
        }

        using Tensor padded = nn.functional.pad(input, (0, 1, 0, 1));
        return conv.call(padded);
    }
}
