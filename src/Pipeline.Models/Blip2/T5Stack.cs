using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Encoder or decoder of T5: blocks and a final norm. The position bias of the first block serves all.</summary>
internal sealed class T5Stack : nn.Module
{
    private readonly T5Config _config;
    private readonly bool _isDecoder;
    private readonly TorchSharp.Modules.ModuleList<T5Block> block;
    private readonly RmsNorm final_layer_norm;

    public T5Stack(WeightSource w, T5Config config, bool isDecoder)
        : base(nameof(T5Stack))
    {
        _config = config;
        _isDecoder = isDecoder;
        block = new TorchSharp.Modules.ModuleList<T5Block>(
            [.. Enumerable.Range(0, isDecoder ? config.DecoderLayers : config.Layers).Select(i => new T5Block(w.Sub("block", i), config, isDecoder, i == 0))]);
        final_layer_norm = new RmsNorm(w.Sub("final_layer_norm"), config.Width, config.Epsilon);
        RegisterComponents();
    }

    /// <summary>Encoder: [B, S, width] with mask [B, S] → normalised [B, S, width]. Records <c>attention.i</c>.</summary>
    public Tensor Encode(Tensor x, Tensor padding, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var length = x.shape[1];
        var mask = AttentionMask.Additive(AttentionMask.Padding(padding), x.dtype);                         // [B, 1, 1, S]
        return Run(x, Positions(0, length, length, x.device) + mask, null, null, probe).MoveToOuterDisposeScope();
    }

    /// <summary>Decoder: [B, L, width] behind the cache's past → normalised [B, L, width]. Records <c>attention.i</c>, <c>cross.i</c>.</summary>
    public Tensor Decode(Tensor x, T5EncoderView encoded, KeyValueCache? cache, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var length = x.shape[1];
        var past = cache?.Length ?? 0;
        var bias = Positions(past, length, past + length, x.device);                                        // [1, heads, L, past + L]
        if (length > 1)
        {
            bias = bias + AttentionMask.Additive(AttentionMask.Causal(length, past + length, past, null, x.device), x.dtype);
        }

        var state = Run(x, bias, cache, encoded, probe);
        cache?.Commit(length);
        return state.MoveToOuterDisposeScope();
    }

    /// <summary>Keys and values of every block for encoder states [B, S, width] with mask [B, S]; the caller's, outside of every dispose scope.</summary>
    public T5EncoderView View(Tensor encoded, Tensor padding)
    {
        using var scope = NewDisposeScope();
        var pairs = block.Select(b => b.Cross.Project(encoded)).ToArray();
        var mask = AttentionMask.Additive(AttentionMask.Padding(padding), encoded.dtype);
        return new T5EncoderView(
            [.. pairs.Select(p => p.Keys.DetachFromDisposeScope())], [.. pairs.Select(p => p.Values.DetachFromDisposeScope())], mask.DetachFromDisposeScope());
    }

    private Tensor Positions(long start, long queries, long keys, Device device)
    {
        using var buckets = T5RelativePositions.Buckets(start, queries, keys, !_isDecoder, _config, device);
        return block[0].Self.PositionBias(buckets);
    }

    private Tensor Run(Tensor x, Tensor bias, KeyValueCache? cache, T5EncoderView? encoded, ProbeScope probe)
    {
        var hidden = x.alias();
        for (var i = 0; i < block.Count; i++)
        {
            var next = block[i].Forward(hidden, bias, cache, encoded, probe, i);
            hidden.Dispose();
            hidden = next;
        }

        return final_layer_norm.forward(hidden);
    }
}
