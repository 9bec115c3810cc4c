using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Convolution over sequences.</summary>
public sealed class Conv1d : Convolution
{
    internal Conv1d(ConvolutionSettings settings, Parameter weight, Parameter? bias)
        : base(nameof(Conv1d), settings, weight, bias)
    {
    }

    public override Tensor forward(Tensor input)
    {
        (Tensor bordered, long[] padding, bool own) = Bordered(input);
        Tensor result = nn.functional.conv1d(bordered, weight, bias, Settings.Stride[0], padding[0], Settings.Dilation[0], Settings.Groups);
        if (own)
        {
            bordered.Dispose();
        }

        return result;
    }
}
