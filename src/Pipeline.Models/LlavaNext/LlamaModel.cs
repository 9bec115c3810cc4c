using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>Token table, decoder layers and final norm of Llama (Touvron et al. 2023, arXiv 2302.13971) and Mistral (Jiang et al. 2023, arXiv 2310.06825).</summary>
internal sealed class LlamaModel : nn.Module
{
    private readonly LlamaConfig _config;
    public readonly Embedding embed_tokens;
    private readonly TorchSharp.Modules.ModuleList<LlamaLayer> layers;
    private readonly RmsNorm norm;

    public LlamaModel(WeightSource w, LlamaConfig config)
        : base(nameof(LlamaModel))
    {
        _config = config;
        embed_tokens = new Embedding(w.Sub("embed_tokens"), config.Vocabulary, config.Hidden);
        layers = new TorchSharp.Modules.ModuleList<LlamaLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(i => new LlamaLayer(w.Sub($"layers.{i}"), config))]);
        norm = new RmsNorm(w.Sub("norm"), config.Hidden, config.Epsilon);
        RegisterComponents();
    }

    /// <summary>
    /// Reads embeddings [B, L, hidden] behind what <paramref name="cache"/> holds. Returns the normalised last hidden state [B, L, hidden], the caller's.
    /// </summary>
    /// <param name="embeddings">The new positions.</param>
    /// <param name="cache">Past and place of the new keys and values; null for a pass without a past.</param>
    /// <param name="padding">[B, past + L], 0 where a slot is padding; null when there is none. Positions count the other slots.</param>
    /// <param name="rows">Attention rows to report.</param>
    /// <param name="probe">Records <c>hidden.i</c>, the stream before layer i.</param>
    /// <param name="depth">Number of layers to run; null runs all. Only for attention rows: fewer layers give no meaningful state, nor a complete cache.</param>
    public Tensor Forward(
        Tensor embeddings, KeyValueCache? cache, Tensor? padding, AttentionRowSink? rows = null, ProbeScope probe = default, int? depth = null)
    {
        using var scope = NewDisposeScope();
        var length = embeddings.shape[1];
        var past = cache?.Length ?? 0;
        var rotary = RotaryEmbedding.At(Positions(padding, past, length, embeddings.device), _config, embeddings.dtype);
        var pass = new DecoderPass(rotary, Mask(padding, past, length, embeddings), cache, rows, probe);
        var state = Run(embeddings, pass, depth ?? layers.Count);
        cache?.Commit(length);
        return state.MoveToOuterDisposeScope();
    }

    /// <summary>Reads embeddings [B, L, hidden] of which each stands at a given position and sees given others; see <see cref="LlamaForCausalLM.ForwardBranches"/>.</summary>
    public Tensor Forward(Tensor embeddings, Tensor positions, Tensor visible, AttentionRowSink? rows)
    {
        using var scope = NewDisposeScope();
        var pass = new DecoderPass(RotaryEmbedding.At(positions, _config, embeddings.dtype), AttentionMask.Additive(visible, embeddings.dtype), null, rows, default);
        return Run(embeddings, pass, layers.Count).MoveToOuterDisposeScope();
    }

    /// <summary>The first layers and the norm.</summary>
    private Tensor Run(Tensor embeddings, DecoderPass pass, int depth)
    {
        using var scope = NewDisposeScope();
        var hidden = embeddings.alias();
        for (var i = 0; i < depth; i++)
        {
            pass.Probe.Record("hidden", i, hidden);
            var next = layers[i].Forward(hidden, pass, i);
            hidden.Dispose();
            hidden = next;
        }

        return norm.forward(hidden).MoveToOuterDisposeScope();
    }

    /// <summary>Index of each new slot among the slots that are not padding; padded slots get 1, which nothing sees. [B or 1, L].</summary>
    private static Tensor Positions(Tensor? padding, long past, long length, Device device)
    {
        if (padding is null)
        {
            return arange(past, past + length, ScalarType.Int64, device).unsqueeze(0);
        }

        using var scope = NewDisposeScope();
        var positions = padding.to(ScalarType.Int64).cumsum(-1) - 1;
        return positions.masked_fill(padding.eq(0), 1).narrow(1, past, length).MoveToOuterDisposeScope();
    }

    private Tensor? Mask(Tensor? padding, long past, long length, Tensor like)
    {
        var keys = past + length;
        var window = _config.SlidingWindow is { } w && w < keys ? w : (long?)null;
        if (length == 1 && padding is null && window is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        if (padding is null)
        {
            var causal = AttentionMask.Causal(length, keys, past, window, like.device);     // [1, 1, L, past + L]
            return AttentionMask.Additive(causal, like.dtype).MoveToOuterDisposeScope();
        }

        var visible = AttentionMask.Causal(length, keys, past, null, like.device).logical_and(AttentionMask.Padding(padding));
        if (window is { } width)
        {
            visible = visible.logical_and(Near(padding, past, length, width));
        }

        return AttentionMask.Additive(visible, like.dtype).MoveToOuterDisposeScope();       // [B, 1, L, past + L]
    }

    /// <summary>Keys nearer than the window, with distances counted in tokens: padding between two tokens does not part them. [B, 1, L, past + L].</summary>
    private static Tensor Near(Tensor padding, long past, long length, long window)
    {
        using var scope = NewDisposeScope();
        var place = padding.to(ScalarType.Int64).cumsum(-1);                                // [B, past + L]
        var query = place.narrow(1, past, length).unsqueeze(2);                             // [B, L, 1]
        return place.unsqueeze(1).gt(query - window).unsqueeze(1).MoveToOuterDisposeScope();
    }
}
