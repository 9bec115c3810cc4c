using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>
/// Residual block: norm, activation, convolution, time embedding added, norm, activation, convolution, plus the input (through a 1x1 convolution where the width changes).
/// The same block without time embedding serves the autoencoder.
/// </summary>
public sealed class ResnetBlock2D : nn.Module
{
    private readonly string _name;
    private readonly string _secondConvolution;
    private readonly ResnetOptions _options;
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly Linear? time_emb_proj;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? conv_shortcut;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    /// <param name="w">Weights of this block.</param>
    /// <param name="name">Its checkpoint name, under which a control may ask for it; the output of its second convolution, before the shortcut is added, is <c>name.conv2</c>.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="options">What all blocks of a model share.</param>
    public ResnetBlock2D(WeightSource w, string name, long inChannels, long outChannels, ResnetOptions options)
        : base(nameof(ResnetBlock2D))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(options);
        (_name, _secondConvolution, _options) = (name, name + ".conv2", options);
        norm1 = new GroupNorm(w.Sub("norm1"), options.Groups, inChannels, options.Epsilon);
        conv1 = new Conv2d(w.Sub("conv1"), inChannels, outChannels, 3, 1, 1);
        time_emb_proj = options.TimeChannels > 0 ? new Linear(w.Sub("time_emb_proj"), options.TimeChannels, outChannels) : null;
        norm2 = new GroupNorm(w.Sub("norm2"), options.Groups, outChannels, options.Epsilon);
        conv2 = new Conv2d(w.Sub("conv2"), outChannels, outChannels, 3, 1, 1);
        conv_shortcut = inChannels == outChannels ? null : new Conv2d(w.Sub("conv_shortcut"), inChannels, outChannels, 1);
        RegisterComponents();
    }

    /// <summary>[B, in, H, W] to [B, out, H, W]; the result is the caller's, the input stays it.</summary>
    /// <param name="input">Hidden state.</param>
    /// <param name="call">The pass, for blocks with a time embedding; null otherwise.</param>
    public Tensor Forward(Tensor input, UNetCall? call = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        Tensor first = Convolve(norm1, conv1, input);                                       // [B, out, H, W]
        if (time_emb_proj is not null)
        {
            ArgumentNullException.ThrowIfNull(call);
            Tensor shift = time_emb_proj.call(call.ActiveTimeEmbedding);                    // [B, out]
            first.add_(shift.unsqueeze(-1).unsqueeze(-1));
        }

        Tensor second = Convolve(norm2, conv2, first);
        first.Dispose();
        Tensor shortcut = conv_shortcut is null ? input : conv_shortcut.call(input);
        Tensor result = call is not null && call.Hears(_secondConvolution)
            ? call.Tap(_secondConvolution, second) + shortcut
            : second.add_(shortcut);
        if (_options.OutputScale != 1.0)
        {
            result.div_(_options.OutputScale);
        }

        return (call is null ? result : call.Tap(_name, result)).MoveToOuterDisposeScope();
    }

    private Tensor Convolve(GroupNorm norm, Conv2d conv, Tensor x)
    {
        using Tensor active = Activations.Consume(_options.Activation, norm.call(x));
        return conv.call(active);
    }
}
