using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>Listens at the attention seam: copies every probability map, in call order, and the outputs of named blocks. Changes nothing.</summary>
internal sealed class MapCapture(IReadOnlySet<string> blocks) : IAttentionControl, IDisposable
{
    private readonly List<Tensor> _maps = [];
    private readonly List<string> _layers = [];
    private readonly Dictionary<string, Tensor> _blocks = new(StringComparer.Ordinal);

    /// <summary>Maps [B·heads, queries, keys], all heads of sample 0 first.</summary>
    public IReadOnlyList<Tensor> Maps => _maps;

    /// <summary>Checkpoint names of the layers the maps came from.</summary>
    public IReadOnlyList<string> Layers => _layers;

    /// <summary>Outputs of the blocks asked for.</summary>
    public IReadOnlyDictionary<string, Tensor> Blocks => _blocks;

    public bool WantsSelfMap(in AttentionCall call) => true;

    public Tensor OnSelfMap(in AttentionCall call, Tensor map) => Keep(call, "attn1", map);

    public bool WantsCrossMap(in AttentionCall call) => true;

    public Tensor OnCrossMap(in AttentionCall call, Tensor map) => Keep(call, "attn2", map);

    public bool WantsResidual(string block, int step) => blocks.Contains(block);

    public Tensor OnResidual(string block, int step, Tensor hidden)
    {
        _blocks[block] = hidden.clone().DetachFromDisposeScope();
        return hidden;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _maps.Concat(_blocks.Values))
        {
            tensor.Dispose();
        }
    }

    private Tensor Keep(in AttentionCall call, string layer, Tensor map)
    {
        using Tensor copy = map.clone();
        _maps.Add(copy.flatten(0, 1).DetachFromDisposeScope());
        _layers.Add($"{call.Site.Name}.{layer}");
        return map;
    }
}
