using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>A source seen through other names.</summary>
internal sealed class RenamedWeights(WeightSource inner, Func<string, string> rename) : WeightSource
{
    public override Device Device => inner.Device;

    public override ScalarType Dtype => inner.Dtype;

    public override bool Trainable => inner.Trainable;

    public override bool Has(string name) => inner.Has(rename(name));

    public override Tensor Take(string name, long[] shape, Init init) => inner.Take(rename(name), shape, init);
}
