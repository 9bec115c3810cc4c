using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Generation;

namespace Pipeline.Models.Tests.Generation;

/// <summary>Beam search against the definition: with enough beams it is an exhaustive search for the best length-normalised text.</summary>
public sealed class BeamSearchTests
{
    private const int Vocabulary = 4;
    private const int Stop = 3;

    [Fact]
    public void With_beams_for_every_text_the_result_is_the_best_of_all() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            const int Length = 3;
            using var state = new ScriptedState(2, text => Model(seed, text));
            var options = new BeamSearchOptions { Beams = 64, MaxNewTokens = Length, LengthPenalty = 1.0 };
            var found = BeamSearch.Run(state, options, new HashSet<int>(), 0);
            return Enumerable.Range(0, 2).All(row => found[row].Count == Length && Score(seed, row, found[row]) > BestScore(seed, row, Length) - 1e-4);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_single_beam_without_stop_tokens_is_greedy() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            using var beams = new ScriptedState(2, text => Model(seed, text));
            using var greedy = new ScriptedState(2, text => Model(seed, text));
            var found = BeamSearch.Run(beams, new BeamSearchOptions { Beams = 1, MaxNewTokens = 6 }, new HashSet<int>(), 0);
            var expected = TokenGenerator.Run(greedy, new GenerationOptions { MaxNewTokens = 6 }, new HashSet<int>(), 0);
            return found.Zip(expected).All(pair => pair.First.SequenceEqual(pair.Second));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_batch_finds_what_its_rows_find_alone() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            var options = new BeamSearchOptions { Beams = 3, MaxNewTokens = 7, LengthPenalty = 0.7 };
            using var batch = new ScriptedState(3, text => Model(seed, text));
            var found = BeamSearch.Run(batch, options, new HashSet<int> { Stop }, 0);
            return Enumerable.Range(0, 3).All(row =>
            {
                using var alone = new ScriptedState(1, text => Model(seed, [text[0] - row, .. text.Skip(1)]));
                return found[row].SequenceEqual(BeamSearch.Run(alone, options, new HashSet<int> { Stop }, 0)[0]);
            });
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0.0, new[] { 0, Stop })]
    [InlineData(3.0, new[] { 1, 1, 1, 1 })]
    public void The_length_penalty_decides_between_a_short_and_a_long_text(double penalty, int[] expected)
    {
        // "0 stop" has log p = 2·ln 0.6; "1 1 1 1" has ln 0.4 + 3·ln 0.95.
        using var state = new ScriptedState(1, text => text switch
        {
            [_] => Logs(0.6, 0.4, 1e-9, 1e-9),
            [_, 0, ..] => Logs(0.2, 0.1, 0.1, 0.6),
            _ => Logs(0.02, 0.95, 0.02, 0.01),
        });
        var options = new BeamSearchOptions { Beams = 2, MaxNewTokens = 4, LengthPenalty = penalty };
        Assert.Equal(expected, BeamSearch.Run(state, options, new HashSet<int> { Stop }, 0)[0]);
    }

    [Fact]
    public void No_tensor_is_left_behind() => Tensors.AssertNothingLeft(() =>
    {
        using var state = new ScriptedState(2, text => Model(5, text));
        BeamSearch.Run(state, new BeamSearchOptions { Beams = 4, MaxNewTokens = 5 }, new HashSet<int> { Stop }, 0);
    });

    private static float[] Logs(params double[] probabilities) => [.. probabilities.Select(p => (float)Math.Log(p))];

    /// <summary>Arbitrary logits that depend on the whole text.</summary>
    private static float[] Model(int seed, IReadOnlyList<int> text)
    {
        var hash = text.Aggregate((uint)seed + 17u, (h, token) => ((h * 2654435761u) ^ (uint)(token + 101)) * 2246822519u);
        return [.. Enumerable.Range(0, Vocabulary).Select(i => new SeededUniform(hash + ((ulong)i << 32)).Next()).Select(u => (float)(u * 4))];
    }

    private static double BestScore(int seed, int row, int length) => Enumerable.Range(0, (int)Math.Pow(Vocabulary, length))
        .Max(code => Score(seed, row, [.. Enumerable.Range(0, length).Select(i => code / (int)Math.Pow(Vocabulary, i) % Vocabulary)]));

    private static double Score(int seed, int row, IReadOnlyList<int> text)
    {
        var score = 0.0;
        for (var i = 0; i < text.Count; i++)
        {
            var logits = Model(seed, [-row - 1, .. text.Take(i)]);
            score += logits[text[i]] - Math.Log(logits.Sum(l => Math.Exp(l)));
        }

        return score;
    }
}
