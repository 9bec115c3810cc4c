using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What convolutions of all ranks share.</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    private protected Convolution(string name, ConvolutionSettings settings, Parameter weight, Parameter? bias)
        : base(name)
    {
        Settings = settings;
        register_parameter(nameof(weight), weight);
        if (bias is not null)
        {
            register_parameter(nameof(bias), bias);
        }
    }

    public long in_channels => Settings.InChannels;

    public long out_channels => Settings.OutChannels;

    public Parameter weight
    {
        get => OwnParameter(nameof(weight))!;
        set => Replace(nameof(weight), value);
    }

    public Parameter bias
    {
        get => OwnParameter(nameof(bias))!;
        set => Replace(nameof(bias), value);
    }

    private protected ConvolutionSettings Settings { get; }

    /// <summary>The input with its border, where the mode is not zeros, and the padding that is left to the operator.</summary>
    private protected (Tensor Input, long[] Padding, bool Own) Bordered(Tensor input)
    {
        if (Settings.Mode == PaddingModes.Zeros)
        {
            return (input, Settings.Padding, false);
        }

        // Borders are given from the last dimension backwards, both sides of each.
        long[] border = [.. Settings.Padding.Reverse().SelectMany(p => new[] { p, p })];
        return (nn.functional.pad(input, border, Settings.Mode), new long[border.Length / 2], true);
    }
}
