using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>Chooses the next token of every row by the rule of the options.</summary>
internal sealed class TokenChooser
{
    private readonly GenerationOptions _options;
    private readonly SeededUniform[] _generators;

    public TokenChooser(GenerationOptions options, int rows)
    {
        if (options.RowSeeds is { } seeds && seeds.Count != rows)
        {
            throw new ArgumentException($"{seeds.Count} row seeds for {rows} rows; give one seed per row.", nameof(options));
        }

        _options = options;
        _generators = [.. Enumerable.Range(0, rows).Select(row => new SeededUniform(options.RowSeeds?[row] ?? options.Seed))];
    }

    /// <summary>Logits [rows, vocabulary] → one token a row.</summary>
    public int[] Choose(Tensor logits)
    {
        using var scope = NewDisposeScope();
        if (_options.Temperature == 0)
        {
            return [.. logits.argmax(-1).ToHost<long>().Select(token => checked((int)token))];
        }

        var values = logits.to(ScalarType.Float32).ToHost<float>();
        var vocabulary = values.Length / _generators.Length;
        return [.. _generators.Select((generator, row) =>
            TokenSampler.Choose(values.AsSpan(row * vocabulary, vocabulary), _options, generator.Next()))];
    }
}
