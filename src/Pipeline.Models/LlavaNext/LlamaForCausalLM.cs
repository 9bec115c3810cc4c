using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>The decoder with its head: what LLaVA-NeXT calls its language model.</summary>
public sealed class LlamaForCausalLM : nn.Module
{
    private readonly LlamaModel model;
    private readonly Linear? lm_head;

    /// <summary>Builds the decoder from weights named <c>model.*</c> and <c>lm_head.*</c>.</summary>
    public LlamaForCausalLM(WeightSource w, LlamaConfig config)
        : base(nameof(LlamaForCausalLM))
    {
        Config = config;
        model = new LlamaModel(w.Sub("model"), config);
        lm_head = config.TiedHead ? null : new Linear(w.Sub("lm_head"), config.Hidden, config.Vocabulary, bias: false);
        RegisterComponents();
    }

    /// <summary>Sizes and options.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Ids [B, L] → embeddings [B, L, hidden]; the caller's.</summary>
    public Tensor Embed(Tensor ids) => model.embed_tokens.forward(ids);

    /// <summary>
    /// Reads embeddings [B, L, hidden] behind the cache's past and returns the normalised state [B, L, hidden], the caller's.
    /// </summary>
    /// <param name="embeddings">The new positions.</param>
    /// <param name="cache">Past and place of the new keys and values; null for a pass without a past.</param>
    /// <param name="padding">[B, past + L], 0 where a slot is padding; null when there is none.</param>
    /// <param name="rows">Attention rows to report.</param>
    /// <param name="probe">Records <c>hidden.i</c>, the stream before layer i.</param>
    public Tensor Forward(
        Tensor embeddings, KeyValueCache? cache = null, Tensor? padding = null, AttentionRowSink? rows = null, ActivationProbe? probe = null) =>
        model.Forward(embeddings, cache, padding, rows, probe);

    /// <summary>
    /// Reads several continuations of one text in one pass, as training does: what is common is computed once, and no continuation sees another. Returns the normalised state
    /// [B, L, hidden], the caller's.
    /// </summary>
    /// <param name="embeddings">The common text, then the continuations [B, L, hidden].</param>
    /// <param name="positions">Position of each in its own text [1 or B, L]: every continuation starts where the common text ends.</param>
    /// <param name="visible">Boolean [1 or B, 1, L, L]: which key each query may see; a sliding window is the caller's business.</param>
    /// <param name="rows">Attention rows to report; they carry gradients.</param>
    public Tensor ForwardBranches(Tensor embeddings, Tensor positions, Tensor visible, AttentionRowSink? rows = null) =>
        model.Forward(embeddings, positions, visible, rows);

    /// <summary>Runs only as deep as <paramref name="lastLayer"/> for the sake of attention rows. What the cache holds behind its past is then incomplete: truncate it.</summary>
    internal void ReportRows(Tensor embeddings, KeyValueCache cache, AttentionRowSink rows, int lastLayer)
    {
        using var state = model.Forward(embeddings, cache, null, rows, default, lastLayer + 1);
    }

    /// <summary>State [B, L, hidden] → raw logits [B, L, vocabulary] in fp32; the caller's.</summary>
    public Tensor Logits(Tensor state)
    {
        using var scope = NewDisposeScope();
        var logits = lm_head is null ? ProductPrecision.Linear(state, model.embed_tokens.weight, null) : lm_head.forward(state);
        return logits.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Raw logits [B, vocabulary] of the last position; the caller's.</summary>
    internal Tensor LastLogits(Tensor state)
    {
        using var scope = NewDisposeScope();
        return Logits(state.narrow(1, state.shape[1] - 1, 1)).squeeze(1).MoveToOuterDisposeScope();
    }
}
