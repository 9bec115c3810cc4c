using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>Refinement: aligned words take the source's map, new words keep their own (A. Hertz et al., arXiv:2208.01626, adding a phrase).</summary>
/// <remarks>Moodifier's form of it, with a spatial gate, is <see cref="CrossAttentionRefine"/>.</remarks>
public sealed class RefineEdit(TokenAlignment alignment) : ICrossMapEdit
{
    private readonly Tensor mapper = tensor(alignment.SourceOf.Select(a => (long)Math.Max(a, 0)).ToArray()).DetachFromDisposeScope();
    private readonly Tensor alphas = tensor(alignment.Alphas()).DetachFromDisposeScope(); // [L]

    /// <inheritdoc />
    public Tensor Apply(Tensor source, Tensor target)
    {
        Tensor alpha = alphas.to(source.dtype, source.device);
        return source.index_select(3, mapper.to(source.device)) * alpha + target * (1.0 - alpha);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        mapper.Dispose();
        alphas.Dispose();
    }
}
