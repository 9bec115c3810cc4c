using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Tables, layers and final norm of OPT (Zhang et al. 2022, arXiv 2205.01068).</summary>
internal sealed class OptDecoder : nn.Module
{
    // The position table has two rows in front that no token uses; a masked slot falls on the second.
    private const int PositionOffset = 2;

    private readonly OptConfig _config;
    public readonly Embedding embed_tokens;
    private readonly Embedding embed_positions;
    private readonly TorchSharp.Modules.ModuleList<OptLayer> layers;
    private readonly LayerNorm final_layer_norm;

    public OptDecoder(WeightSource w, OptConfig config)
        : base(nameof(OptDecoder))
    {
        _config = config;
        embed_tokens = new Embedding(w.Sub("embed_tokens"), config.Vocabulary, config.Hidden);
        embed_positions = new Embedding(w.Sub("embed_positions"), config.Positions + PositionOffset, config.Hidden);
        layers = new TorchSharp.Modules.ModuleList<OptLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(i => new OptLayer(w.Sub("layers", i), config))]);
        final_layer_norm = new LayerNorm(w.Sub("final_layer_norm"), config.Hidden, OptLayer.Epsilon);
        RegisterComponents();
    }

    /// <summary>
    /// Embeddings [B, L, hidden] behind the cache's past and the padding mask of everything [B, past + L] → normalised state [B, L, hidden].
    /// Records <c>hidden.i</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The sequence is longer than the position table.</exception>
    public Tensor Forward(Tensor embeddings, Tensor padding, KeyValueCache? cache, ProbeScope probe)
    {
        var length = embeddings.shape[1];
        var past = cache?.Length ?? 0;
        if (past + length > _config.Positions)
        {
            throw new ArgumentException($"A text of {past + length} positions does not fit into the decoder's {_config.Positions}.", nameof(embeddings));
        }

        using var scope = NewDisposeScope();
        var counted = ((padding.cumsum(-1) * padding) - 1 + PositionOffset).narrow(1, past, length);        // [B, L]
        var visible = AttentionMask.Causal(length, past + length, past, null, embeddings.device).logical_and(AttentionMask.Padding(padding));
        var mask = AttentionMask.Additive(visible, embeddings.dtype);                                       // [B, 1, L, past + L]
        var hidden = embeddings + embed_positions.forward(counted);
        probe.Record("hidden", 0, hidden);
        for (var i = 0; i < layers.Count; i++)
        {
            var next = layers[i].Forward(hidden, mask, cache, i);
            hidden.Dispose();
            hidden = next;
            probe.Record("hidden", i + 1, hidden);
        }

        cache?.Commit(length);
        var last = final_layer_norm.forward(hidden);
        probe.Record("last", last);
        return last.MoveToOuterDisposeScope();
    }
}
