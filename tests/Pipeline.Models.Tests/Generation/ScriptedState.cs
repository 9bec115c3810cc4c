using Pipeline.Models.Generation;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Generation;

/// <summary>A language model given as a function from the text so far to the next token's logits.</summary>
internal sealed class ScriptedState(int rows, Func<IReadOnlyList<int>, float[]> logits) : IDecodingState
{
    private List<List<int>> _texts = [.. Enumerable.Range(0, rows).Select(row => new List<int> { -row - 1 })];

    public int Rows => _texts.Count;

    /// <summary>What was fed, by row; the first entry tells the prompt: −1 for the first, −2 for the second, ….</summary>
    public IReadOnlyList<IReadOnlyList<int>> Texts => _texts;

    public Tensor Start() => Logits();

    public Tensor Step(IReadOnlyList<int> tokens)
    {
        for (var row = 0; row < _texts.Count; row++)
        {
            _texts[row].Add(tokens[row]);
        }

        return Logits();
    }

    public void Expand(int copies) => _texts = [.. _texts.SelectMany(t => Enumerable.Range(0, copies).Select(_ => new List<int>(t)))];

    public void Reorder(IReadOnlyList<int> rows) => _texts = [.. rows.Select(row => new List<int>(_texts[row]))];

    public void Dispose()
    {
    }

    private Tensor Logits()
    {
        var values = _texts.Select(t => logits(t)).ToArray();
        return tensor(values.SelectMany(v => v).ToArray(), [values.Length, values[0].Length], ScalarType.Float32);
    }
}
