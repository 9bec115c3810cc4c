using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Nearest-neighbour upsampling followed by a 3x3 convolution.</summary>
public sealed class Upsample2D : nn.Module
{
    private readonly Conv2d conv;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    public Upsample2D(WeightSource w, long channels)
        : base(nameof(Upsample2D))
    {
        ArgumentNullException.ThrowIfNull(w);
        conv = new Conv2d(w.Sub("conv"), channels, channels, 3, 1, 1);
        RegisterComponents();
    }

    /// <summary>[B, C, h, w] to [B, C, height, width]; the result is the caller's.</summary>
    public Tensor Forward(Tensor input, long height, long width)
    {
        using Tensor larger = nn.functional.interpolate(input, [height, width], null, InterpolationMode.Nearest);
        return conv.call(larger);
    }
}
