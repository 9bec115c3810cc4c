using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>
/// Start weights in which the last layer of every residual branch is 0 (Ho et al. 2020 do so for <c>conv2</c> and <c>conv_out</c>, Dhariwal and Nichol 2021 for <c>proj_out</c>): an untrained UNet is the
/// identity in all its blocks and predicts no noise.
/// </summary>
internal sealed class ZeroStart(WeightSource inner) : WeightSource
{
    private static readonly string[] s_last = ["conv2", "proj_out", "conv_out"];

    public override Device Device => inner.Device;

    public override ScalarType Dtype => inner.Dtype;

    public override bool Trainable => inner.Trainable;

    public override bool Has(string name) => inner.Has(name);

    public override Tensor Take(string name, long[] shape, Init init) => inner.Take(name, shape, name.Split('.') is [.., var layer, _] && s_last.Contains(layer) ? Init.Zeros : init);
}
