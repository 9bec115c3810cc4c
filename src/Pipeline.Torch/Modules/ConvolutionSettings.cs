namespace TorchSharp.Modules;

/// <summary>Numbers that shape a convolution; one entry a spatial dimension.</summary>
internal sealed record ConvolutionSettings(
    long InChannels, long OutChannels, long[] Kernel, long[] Stride, long[] Padding, long[] Dilation, PaddingModes Mode, long Groups)
{
    /// <summary>Shape of the weight: [out, in / groups, kernel…].</summary>
    public long[] WeightShape => [OutChannels, InChannels / Groups, .. Kernel];
}
