using Pipeline.Diffusion.Attention;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>Keeps the cross-attention maps of one UNet call, attached to its graph, for a loss on them.</summary>
/// <param name="sites">The layers to read.</param>
public sealed class CrossMapReader(IEnumerable<AttentionSite> sites) : IAttentionControl, IDisposable
{
    private readonly HashSet<int> indices = [.. sites.Select(s => s.Index)];
    private readonly SortedDictionary<int, Tensor> maps = [];
    private readonly SortedSet<int> fresh = [];

    /// <summary>Maps [rows, heads, T, L] in call order; belong to the reader.</summary>
    public IReadOnlyList<Tensor> Maps => [.. maps.Values];

    /// <summary>The layers that an attention loss compares: of the level at which words are told apart best, all of the down and up path (the 16x16 layers of a 64x64 latent).</summary>
    public static IReadOnlyList<AttentionSite> LossSites(IReadOnlyList<AttentionSite> all)
    {
        int level = CrossMapAccumulator.WordSites(all)[0].Level;
        return [.. all.Where(s => s.Place != AttentionPlace.Mid && s.Level == level).OrderBy(s => s.Index)];
    }

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call) => indices.Contains(call.Site.Index);

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map)
    {
        if (maps.TryGetValue(call.Site.Index, out Tensor? old))
        {
            old.Dispose(); // the layer is computed again, for a gradient
        }

        fresh.Add(call.Site.Index);
        maps[call.Site.Index] = map.alias().DetachFromDisposeScope(); // nothing writes into a map, so sharing it is safe
        return map;
    }

    /// <summary>
    /// Of the maps that came since the last call, those that belong to a graph, with their place among <see cref="Maps"/>: a predictor that is differentiated part by part computes them again, part by part.
    /// </summary>
    public IReadOnlyList<(int Index, Tensor Map)> TakeFresh()
    {
        int[] order = [.. maps.Keys];
        (int, Tensor)[] taken = [.. fresh.Where(site => maps[site].requires_grad).Select(site => (Array.IndexOf(order, site), maps[site]))];
        fresh.Clear();
        return taken;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor map in maps.Values)
        {
            map.Dispose();
        }

        maps.Clear();
    }
}
