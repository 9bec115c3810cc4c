using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.ZeroShot;

/// <summary>
/// The loss of eq. (4) of arXiv:2302.03027, gathered layer by layer while a predictor is differentiated part by part: nothing of a layer is held once its part is done.
/// </summary>
/// <param name="sites">The cross-attention layers.</param>
/// <param name="reference">Their maps of the source in call order, [2, heads, T, L] each: unconditional, conditional. They belong to the caller.</param>
internal sealed class MapDistance(IEnumerable<AttentionSite> sites, IReadOnlyList<Tensor> reference) : IAttentionControl, IDisposable
{
    private readonly Dictionary<int, Tensor> wanted = sites.Select(s => s.Index).Order().Zip(reference).ToDictionary(p => p.First, p => p.Second);
    private readonly List<(Tensor Map, Tensor Source)> fresh = [];

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call) => wanted.ContainsKey(call.Site.Index);

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map)
    {
        if (map.requires_grad)
        {
            fresh.Add((map.alias().DetachFromDisposeScope(), wanted[call.Site.Index])); // [2 K, heads, T, L]
        }

        return map;
    }

    /// <summary>The loss of the layers since the last call, in the current dispose scope; null where there was none.</summary>
    public Tensor? Take()
    {
        Tensor? sum = null;
        foreach ((Tensor map, Tensor source) in fresh)
        {
            long each = map.shape[0] / 2;
            Tensor goal = cat([source.narrow(0, 0, 1).expand(each, -1, -1, -1), source.narrow(0, 1, 1).expand(each, -1, -1, -1)]);
            Tensor loss = (map - goal).square().sum() / (2.0 * map.shape[1]); // mean over 2 x heads maps of each edit
            sum = sum is null ? loss : sum + loss;
        }

        Forget();
        return sum;
    }

    /// <inheritdoc />
    public void Dispose() => Forget();

    private void Forget()
    {
        fresh.ForEach(f => f.Map.Dispose());
        fresh.Clear();
    }
}
