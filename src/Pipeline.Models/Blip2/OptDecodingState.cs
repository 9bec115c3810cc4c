using Pipeline.Models.Generation;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>A batch of texts inside OPT. Owns its cache.</summary>
internal sealed class OptDecodingState : IDecodingState
{
    private readonly OptForCausalLM _model;
    private readonly KeyValueCache _cache;
    private readonly Tensor _prompt;
    private Tensor _padding;

    public OptDecodingState(OptForCausalLM model, Tensor prompt, Tensor padding, long expectedLength)
    {
        _model = model;
        _prompt = prompt.alias().DetachFromDisposeScope();
        _padding = padding.alias().DetachFromDisposeScope();
        _cache = new KeyValueCache(model.Config.Layers, expectedLength);
        Rows = checked((int)prompt.shape[0]);
    }

    public int Rows { get; private set; }

    public Tensor Start() => _model.LastLogits(_prompt, _padding, _cache);

    public Tensor Step(IReadOnlyList<int> tokens)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(tokens.Select(token => (long)token).ToArray(), [tokens.Count, 1], ScalarType.Int64, _prompt.device);
        Replace(cat([_padding, ones([_padding.shape[0], 1], ScalarType.Int64, _padding.device)], 1));
        return _model.LastLogits(_model.Embed(ids), _padding, _cache).MoveToOuterDisposeScope();
    }

    public void Expand(int copies)
    {
        using var scope = NewDisposeScope();
        _cache.Expand(copies);
        Replace(_padding.unsqueeze(1).expand(-1, copies, -1).reshape(-1, _padding.shape[1]));
        Rows *= copies;
    }

    public void Reorder(IReadOnlyList<int> rows) => _cache.Reorder(rows, _prompt.shape[1]);

    public void Dispose()
    {
        _cache.Dispose();
        _prompt.Dispose();
        _padding.Dispose();
    }

    private void Replace(Tensor padding)
    {
        _padding.Dispose();
        _padding = padding.DetachFromDisposeScope();
    }
}
