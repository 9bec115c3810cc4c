using Pipeline.Models.Generation;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>A batch of texts inside the decoder. The cache and the prompt's embeddings stay the caller's.</summary>
internal sealed class LlamaDecodingState : IDecodingState
{
    private readonly LlamaForCausalLM _model;
    private readonly KeyValueCache _cache;
    private readonly Tensor _prompt;
    private readonly AttentionRowSink? _rows;
    private Tensor? _padding;
    private long _promptLength;

    /// <param name="model">The decoder.</param>
    /// <param name="cache">What was read before the prompt.</param>
    /// <param name="prompt">Embeddings [B, L, hidden] that the cache does not hold yet.</param>
    /// <param name="padding">[B, cache.Length + L], or null when no slot is padding.</param>
    /// <param name="rows">Attention rows to report in every pass, or null.</param>
    public LlamaDecodingState(LlamaForCausalLM model, KeyValueCache cache, Tensor prompt, Tensor? padding = null, AttentionRowSink? rows = null)
    {
        (_model, _cache, _prompt, _rows) = (model, cache, prompt, rows);
        _padding = padding?.alias().DetachFromDisposeScope();
        Rows = checked((int)prompt.shape[0]);
    }

    public int Rows { get; private set; }

    public Tensor Start()
    {
        using var state = _model.Forward(_prompt, _cache, _padding, _rows);
        _promptLength = _cache.Length;
        return _model.LastLogits(state);
    }

    public Tensor Step(IReadOnlyList<int> tokens)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(tokens.Select(token => (long)token).ToArray(), [tokens.Count, 1], ScalarType.Int64, _prompt.device);
        if (_padding is not null)
        {
            var grown = cat([_padding, ones([_padding.shape[0], 1], _padding.dtype, _padding.device)], 1);
            _padding.Dispose();
            _padding = grown.DetachFromDisposeScope();
        }

        return _model.LastLogits(_model.Forward(_model.Embed(ids), _cache, _padding, _rows)).MoveToOuterDisposeScope();
    }

    public void Expand(int copies)
    {
        _cache.Expand(copies);
        if (_padding is not null)
        {
            using var scope = NewDisposeScope();
            var repeated = _padding.unsqueeze(1).expand(-1, copies, -1).reshape(-1, _padding.shape[1]);
            _padding.Dispose();
            _padding = repeated.DetachFromDisposeScope();
        }

        Rows *= copies;
    }

    public void Reorder(IReadOnlyList<int> rows) => _cache.Reorder(rows, _promptLength);

    public void Dispose() => _padding?.Dispose();
}
