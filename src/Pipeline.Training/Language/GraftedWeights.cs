using Pipeline.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Language;

/// <summary>Start values of which some come from a trained model. The source of the others stays the caller's.</summary>
/// <param name="fresh">Start values of everything that the trained model does not give.</param>
/// <param name="trained">Values of a key in the shape asked for, on the CPU, the caller's; null where the trained model has none.</param>
internal sealed class GraftedWeights(WeightSource fresh, Func<string, long[], Tensor?> trained) : WeightSource
{
    /// <inheritdoc />
    public override Device Device => fresh.Device;

    /// <inheritdoc />
    public override ScalarType Dtype => fresh.Dtype;

    /// <inheritdoc />
    public override bool Trainable => fresh.Trainable;

    /// <inheritdoc />
    public override bool Has(string name) => fresh.Has(name);

    /// <inheritdoc />
    public override Tensor Take(string name, long[] shape, Init init) => trained(name, shape) is { } value ? There(value) : fresh.Take(name, shape, init);

    private Tensor There(Tensor value)
    {
        if (Device.type == DeviceType.CPU)
        {
            return value;
        }

        using (value)
        {
            return value.to(Device);
        }
    }
}
