using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Convolution over images.</summary>
public sealed class Conv2d : Convolution
{
    internal Conv2d(ConvolutionSettings settings, Parameter weight, Parameter? bias)
        : base(nameof(Conv2d), settings, weight, bias)
    {
    }

    public override Tensor forward(Tensor input)
    {
        (Tensor bordered, long[] padding, bool own) = Bordered(input);
        Tensor result = nn.functional.conv2d(bordered, weight, bias, Settings.Stride, padding, Settings.Dilation, Settings.Groups);
        if (own)
        {
            bordered.Dispose();
        }

        return result;
    }
}
