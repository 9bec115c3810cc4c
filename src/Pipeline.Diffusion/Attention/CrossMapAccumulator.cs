using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// Keeps the running sum over steps of the cross-attention maps from which word masks are made: the quarter-resolution layers (16x16 for 64x64 latents), the last two of the down path
/// and the first three of the up path, averaged over heads. Placed last in a <see cref="ControlChain"/> it stores the edited maps, as the published stores do.
/// </summary>
/// <remarks>
/// Prompt-to-Prompt's store (arXiv:2208.01626, official code) without what nobody reads: self maps, other resolutions, single steps, single heads. Layers are chosen by their token grid,
/// ceil(ceil(h/2)/2) x ceil(ceil(w/2)/2), so latents need not be 64x64 or square. Conditional rows only.
/// </remarks>
public sealed class CrossMapAccumulator(BranchLayout layout, int latentHeight, int latentWidth) : IAttentionControl, IDisposable
{
    private const int DownLayers = 2;
    private const int UpLayers = 3;
    private readonly SortedDictionary<int, (AttentionPlace Place, Tensor Sum)> sums = [];

    /// <summary>Rows of the maps.</summary>
    public int Height { get; } = Quarter(latentHeight);

    /// <summary>Columns of the maps.</summary>
    public int Width { get; } = Quarter(latentWidth);

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call) => call.Site.Place != AttentionPlace.Mid && call.Height == Height && call.Width == Width;

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map) // [rows, heads, T, L]
    {
        using var scope = NewDisposeScope();
        Tensor[] conditional = [.. Enumerable.Range(0, layout.Branches.Count).Select(b => map.narrow(0, layout.Row(b, GuidanceHalf.Conditional), 1))];
        Tensor mean = cat(conditional).detach().to_type(ScalarType.Float32).mean([1L]); // [branches, T, L]
        if (sums.TryGetValue(call.Site.Index, out (AttentionPlace Place, Tensor Sum) old))
        {
            sums[call.Site.Index] = (old.Place, (old.Sum + mean).DetachFromDisposeScope());
            old.Sum.Dispose();
        }
        else
        {
            sums[call.Site.Index] = (call.Site.Place, mean.DetachFromDisposeScope());
        }

        return map;
    }

    /// <summary>Mean over the chosen layers of the summed maps of one branch [T, L], float32. Owned by the caller.</summary>
    /// <exception cref="DiffusionException">No map was seen yet.</exception>
    public Tensor Mean(int branch)
    {
        Tensor[] chosen = [.. Of(AttentionPlace.Down).TakeLast(DownLayers), .. Of(AttentionPlace.Up).Take(UpLayers)];
        if (chosen.Length == 0)
        {
            throw new DiffusionException($"no {Height}x{Width} cross-attention map was seen: this UNet has no such layers, or no step was run");
        }

        using var scope = NewDisposeScope();
        return stack(chosen).narrow(1, branch, 1).mean([0L, 1L]).MoveToOuterDisposeScope(); // [layers, 1, T, L] -> [T, L]
    }

    /// <summary>Frees the sums.</summary>
    public void Dispose()
    {
        foreach ((AttentionPlace _, Tensor sum) in sums.Values)
        {
            sum.Dispose();
        }

        sums.Clear();
    }

    private IEnumerable<Tensor> Of(AttentionPlace place) => sums.Values.Where(s => s.Place == place).Select(s => s.Sum);

    private static int Quarter(int side) => ((side + 1) / 2 + 1) / 2;
}
