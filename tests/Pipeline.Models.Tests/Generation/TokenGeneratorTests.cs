using Pipeline.Models.Generation;

namespace Pipeline.Models.Tests.Generation;

public sealed class TokenGeneratorTests
{
    private const int Vocabulary = 8;
    private static readonly HashSet<int> s_stop = [7];

    /// <summary>Row −1 writes 0 1 2 3 …; row −2 writes 5 then the stop token 7.</summary>
    private static ScriptedState Counting() => new(2, text => OneHot(text[0] == -1 ? (text.Count - 1) % 7 : text.Count == 1 ? 5 : 7));

    [Fact]
    public void Greedy_takes_the_largest_logit_until_the_limit_or_the_stop_token()
    {
        using var state = Counting();
        var written = TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 5 }, s_stop, 0);
        Assert.Equal([0, 1, 2, 3, 4], written[0]);
        Assert.Equal([5, 7], written[1]);
    }

    [Fact]
    public void An_ended_row_is_fed_the_padding_token()
    {
        using var state = Counting();
        TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 5 }, s_stop, padToken: 6);
        Assert.Equal([-2, 5, 7, 6, 6], state.Texts[1]);
    }

    [Fact]
    public void Generation_stops_when_every_row_has_ended()
    {
        using var state = new ScriptedState(2, text => OneHot(text.Count + text[0] == 1 ? 7 : 1));
        var written = TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 50 }, s_stop, 0);
        Assert.Equal([1, 7], written[0]);
        Assert.Equal([1, 1, 7], written[1]);
        Assert.Equal(3, state.Texts[0].Count);
    }

    [Fact]
    public void Stop_tokens_of_the_options_replace_the_models()
    {
        using var state = Counting();
        var written = TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 4, StopTokens = new HashSet<int> { 2 } }, s_stop, 0);
        Assert.Equal([0, 1, 2], written[0]);
        Assert.Equal([5, 7, 7, 7], written[1]);
    }

    [Fact]
    public void Tokens_are_streamed_in_order_and_padding_is_not()
    {
        List<(int, int)> seen = [];
        using var state = Counting();
        TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 3, OnToken = (row, token) => seen.Add((row, token)) }, s_stop, 0);
        Assert.Equal([(0, 0), (1, 5), (0, 1), (1, 7), (0, 2)], seen);
    }

    [Fact]
    public void Equal_logits_give_the_lowest_token()
    {
        using var state = new ScriptedState(1, _ => [0, 1, 1, 0]);
        Assert.Equal([1], TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 1 }, s_stop, 0)[0]);
    }

    [Fact]
    public void A_cancelled_generation_stops_before_the_next_token()
    {
        using var source = new CancellationTokenSource();
        using var state = Counting();
        var options = new GenerationOptions { MaxNewTokens = 100, OnToken = (_, token) => { if (token == 2) { source.Cancel(); } } };
        Assert.Throws<OperationCanceledException>(() => TokenGenerator.Run(state, options, s_stop, 0, cancellation: source.Token));
        Assert.Equal(3, state.Texts[0].Count);
    }

    [Fact]
    public void Sampling_repeats_with_its_seed_and_rows_do_not_depend_on_their_batch()
    {
        var options = new GenerationOptions { MaxNewTokens = 30, Temperature = 1.5, TopP = 0.95, TopK = 6, Seed = 11 };
        Func<IReadOnlyList<int>, float[]> model = text => [.. Enumerable.Range(0, Vocabulary).Select(i => MathF.Sin((i * 3) + text.Count + (text[0] * 5)))];
        using var both = new ScriptedState(2, model);
        using var again = new ScriptedState(2, model);
        using var alone = new ScriptedState(1, model);
        var first = TokenGenerator.Run(both, options, new HashSet<int>(), 0);
        Assert.Equal(first, TokenGenerator.Run(again, options, new HashSet<int>(), 0));
        Assert.Equal(first[0], TokenGenerator.Run(alone, options, new HashSet<int>(), 0)[0]);
        using var other = new ScriptedState(1, model);
        Assert.NotEqual(first[0], TokenGenerator.Run(other, options with { Seed = 12 }, new HashSet<int>(), 0)[0]);
    }

    [Fact]
    public void Row_seeds_give_each_row_its_own_draws()
    {
        Func<IReadOnlyList<int>, float[]> model = _ => new float[Vocabulary];
        var options = new GenerationOptions { MaxNewTokens = 20, Temperature = 1, RowSeeds = [1, 2] };
        using var state = new ScriptedState(2, model);
        var written = TokenGenerator.Run(state, options, new HashSet<int>(), 0);
        Assert.NotEqual(written[0], written[1]);
        using var second = new ScriptedState(1, model);
        Assert.Equal(written[1], TokenGenerator.Run(second, options with { RowSeeds = [2] }, new HashSet<int>(), 0)[0]);
        using var wrong = new ScriptedState(1, model);
        Assert.Throws<ArgumentException>(() => TokenGenerator.Run(wrong, options, new HashSet<int>(), 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(GenerationOptions.TokenLimit + 1)]
    public void The_number_of_tokens_is_bounded(int tokens) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { MaxNewTokens = tokens });

    private static float[] OneHot(int token) => [.. Enumerable.Range(0, Vocabulary).Select(i => i == token ? 1f : 0f)];
}
