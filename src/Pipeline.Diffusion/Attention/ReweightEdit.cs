using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>Reweighting: the source's map, after another edit where one is given, times a factor per word; not renormalised (A. Hertz et al., arXiv:2208.01626, attention re-weighting).</summary>
/// <param name="inner">Edit applied first; disposed with this one. Null takes the source's map as it is.</param>
/// <param name="equalizer">Factor per text position [L], 1 for words that keep their weight.</param>
public sealed class ReweightEdit(ICrossMapEdit? inner, float[] equalizer) : ICrossMapEdit
{
    private readonly Tensor factors = tensor(equalizer).DetachFromDisposeScope(); // [L]

    /// <inheritdoc />
    public Tensor Apply(Tensor source, Tensor target) => (inner?.Apply(source, target) ?? source) * factors.to(source.dtype, source.device);

    /// <inheritdoc />
    public void Dispose()
    {
        factors.Dispose();
        inner?.Dispose();
    }
}
