using Pipeline.Models.Generation;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>A batch of texts inside T5's decoder. Owns its cache and its view of the encoder.</summary>
internal sealed class T5DecodingState(T5ForConditionalGeneration model, T5EncoderView encoded, int rows, Device device, int maxNewTokens) : IDecodingState
{
    private readonly KeyValueCache _cache = new(model.Config.DecoderLayers, maxNewTokens + 1L);
    private T5EncoderView _encoded = encoded;

    public int Rows { get; private set; } = rows;

    public Tensor Start() => Step([.. Enumerable.Repeat(model.OutputStartToken, Rows)]);

    public Tensor Step(IReadOnlyList<int> tokens)
    {
        using var ids = tensor(tokens.Select(token => (long)token).ToArray(), [tokens.Count, 1], ScalarType.Int64, device);
        return model.LastLogits(ids, _encoded, _cache);
    }

    public void Expand(int copies)
    {
        _cache.Expand(copies);
        var repeated = _encoded.Repeat(copies);
        _encoded.Dispose();
        _encoded = repeated;
        Rows *= copies;
    }

    // Only the start token is common to all rows of the cache.
    public void Reorder(IReadOnlyList<int> rows) => _cache.Reorder(rows, 1);

    public void Dispose()
    {
        _cache.Dispose();
        _encoded.Dispose();
    }
}
