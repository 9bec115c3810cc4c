using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Training.Language;

/// <summary>Start weights of which some come from a trained model: those for which there is a name in it. The sources stay the caller's.</summary>
/// <param name="fresh">Start values of everything else.</param>
/// <param name="trained">The trained model.</param>
/// <param name="nameOf">A key's name in the trained model, or null.</param>
internal sealed class GraftedWeights(WeightSource fresh, WeightSource trained, Func<string, string?> nameOf) : WeightSource
{
    /// <inheritdoc />
    public override Device Device => fresh.Device;

    /// <inheritdoc />
    public override ScalarType Dtype => fresh.Dtype;

    /// <inheritdoc />
    public override bool Trainable => fresh.Trainable;

    /// <inheritdoc />
    public override bool Has(string name) => nameOf(name) is { } known ? trained.Has(known) : fresh.Has(name);

    /// <inheritdoc />
    public override Tensor Take(string name, long[] shape, Init init) => nameOf(name) is { } known ? trained.Take(known, shape, init) : fresh.Take(name, shape, init);
}
