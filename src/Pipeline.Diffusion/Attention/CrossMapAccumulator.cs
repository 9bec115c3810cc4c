using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// Keeps the running sum over steps of the cross-attention maps from which word masks are made, averaged over heads. Placed last in a <see cref="ControlChain"/> it stores the
/// edited maps, as the published stores do. Conditional rows only.
/// </summary>
/// <remarks>
/// Prompt-to-Prompt's store (arXiv:2208.01626, official code) without what nobody reads: self maps, other resolutions, single steps, single heads. The code takes the 16x16 layers of a
/// 64x64 latent, the last two of the down path and the first three of the up path; here they are chosen by level (see <see cref="WordSites"/>), so latents need not be 64x64 or square.
/// </remarks>
/// <param name="layout">Which row is which branch.</param>
/// <param name="sites">The layers to listen to, all of one level.</param>
public sealed class CrossMapAccumulator(BranchLayout layout, IEnumerable<AttentionSite> sites) : IAttentionControl, IDisposable
{
    private const int WordLevel = 2;
    private const int DownLayers = 2;
    private const int UpLayers = 3;
    private readonly HashSet<int> indices = [.. sites.Select(s => s.Index)];
    private readonly SortedDictionary<int, Tensor> sums = []; // by site, [branches, T, L]

    /// <summary>Rows of the maps; 0 before the first one.</summary>
    public int Height { get; private set; }

    /// <summary>Columns of the maps; 0 before the first one.</summary>
    public int Width { get; private set; }

    /// <summary>
    /// The layers whose maps tell words apart best: two halvings below the latent, or the level nearest to that which the UNet attends at (the finer of two); of it the last two
    /// layers of the down path and the first three of the up path.
    /// </summary>
    /// <exception cref="DiffusionException">The UNet has no attention outside its middle.</exception>
    public static IReadOnlyList<AttentionSite> WordSites(IEnumerable<AttentionSite> all)
    {
        AttentionSite[] candidates = [.. all.Where(s => s.Place != AttentionPlace.Mid).OrderBy(s => s.Index)];
        if (candidates.Length == 0)
        {
            throw new DiffusionException("this UNet has no attention on its down or up path: words cannot be located by their attention, give a stimulus map");
        }

        int level = candidates.Select(s => s.Level).OrderBy(l => Math.Abs(l - WordLevel)).ThenBy(l => l).First();
        return
        [
            .. candidates.Where(s => s.Level == level && s.Place == AttentionPlace.Down).TakeLast(DownLayers),
            .. candidates.Where(s => s.Level == level && s.Place == AttentionPlace.Up).Take(UpLayers),
        ];
    }

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call) => indices.Contains(call.Site.Index);

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map) // [rows, heads, T, L]
    {
        using var scope = NewDisposeScope();
        (Height, Width) = (call.Height, call.Width);
        Tensor[] conditional = [.. Enumerable.Range(0, layout.Branches.Count).Select(b => map.narrow(0, layout.Row(b, GuidanceHalf.Conditional), 1))];
        Tensor sum = cat(conditional).detach().to_type(ScalarType.Float32).mean([1L]); // [branches, T, L]
        if (sums.TryGetValue(call.Site.Index, out Tensor? old))
        {
            sum = sum + old;
            old.Dispose();
        }

        sums[call.Site.Index] = sum.DetachFromDisposeScope();
        return map;
    }

    /// <summary>Mean over the layers of the summed maps of one branch [T, L], float32. Owned by the caller.</summary>
    /// <exception cref="DiffusionException">No map was seen yet.</exception>
    public Tensor Mean(int branch)
    {
        if (sums.Count == 0)
        {
            throw new DiffusionException("no cross-attention map was seen yet: the control is not part of the run, or no step was run");
        }

        using var scope = NewDisposeScope();
        return stack(sums.Values).narrow(1, branch, 1).mean([0L, 1L]).MoveToOuterDisposeScope(); // [layers, 1, T, L] -> [T, L]
    }

    /// <summary>Frees the sums.</summary>
    public void Dispose()
    {
        foreach (Tensor sum in sums.Values)
        {
            sum.Dispose();
        }

        sums.Clear();
    }
}
