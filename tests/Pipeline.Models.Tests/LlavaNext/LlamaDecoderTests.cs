using Pipeline.Models.Generation;
using Pipeline.Models.LlavaNext;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.LlavaNext;

public sealed class LlamaDecoderTests
{
    [Theory]
    [InlineData(4, 4, null, new[] { 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(4, 2, null, new[] { 5, 1, 1, 1, 1 })]
    [InlineData(4, 1, null, new[] { 3, 4, 2 })]
    [InlineData(4, 2, 3, new[] { 4, 1, 1, 1, 2 })]
    [InlineData(4, 2, 1, new[] { 1, 5, 1, 2 })]
    public void Reading_in_pieces_with_a_cache_equals_reading_at_once(int heads, int keyValueHeads, int? window, int[] pieces)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config(heads, keyValueHeads, window));
        var tokens = TinyLlama.Tokens(9);
        var whole = TinyLlama.AllLogits(model, tokens);
        using var cache = new KeyValueCache(3, 2);
        List<Tensor> parts = [];
        foreach (var piece in pieces)
        {
            parts.Add(model.Logits(model.Forward(model.Embed(Tensors.Ids(tokens[(int)cache.Length..(int)(cache.Length + piece)])), cache)));
        }

        Tensors.AssertClose(whole, cat([.. parts], 1), 1e-5);
    }

    [Fact]
    public void A_window_hides_exactly_the_keys_that_are_as_far_as_it_is_wide()
    {
        const int Window = 4;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config(window: Window, layers: 1));
        var tokens = TinyLlama.Tokens(10);
        var last = TinyLlama.AllLogits(model, tokens).narrow(1, 9, 1);
        for (var distance = 1; distance < 10; distance++)
        {
            int[] changed = [.. tokens];
            changed[9 - distance] = (changed[9 - distance] + 1) % 40;
            var moved = Tensors.Distance(last, TinyLlama.AllLogits(model, changed).narrow(1, 9, 1));
            Assert.True(distance < Window ? moved > 1e-4 : moved < 1e-6, $"at distance {distance} the logits moved by {moved}");
        }
    }

    [Fact]
    public void Later_tokens_never_change_earlier_logits()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config());
        var tokens = TinyLlama.Tokens(8);
        Tensors.AssertClose(TinyLlama.AllLogits(model, tokens[..5]), TinyLlama.AllLogits(model, tokens).narrow(1, 0, 5), 1e-6);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public void Left_padded_rows_are_decoded_as_alone(int? window)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config(window: window));
        int[][] prompts = [TinyLlama.Tokens(7), TinyLlama.Tokens(3, 2), TinyLlama.Tokens(1, 3)];
        var (batch, padding) = PaddedBatch.Left([.. prompts.Select(p => model.Embed(Tensors.Ids(p)))]);
        using var cache = new KeyValueCache(3, 4);
        using var state = new LlamaDecodingState(model, cache, batch, padding);
        var options = new GenerationOptions { MaxNewTokens = 6 };
        using var together = new LogitsKeeper();
        TokenGenerator.Run(state, options, new HashSet<int>(), 0, together);
        for (var row = 0; row < prompts.Length; row++)
        {
            using var aloneCache = new KeyValueCache(3, 4);
            using var alone = new LlamaDecodingState(model, aloneCache, model.Embed(Tensors.Ids(prompts[row])));
            using var single = new LogitsKeeper();
            TokenGenerator.Run(alone, options, new HashSet<int>(), 0, single);
            Tensors.AssertClose(single.All(), together.All().narrow(0, row, 1), 1e-4);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public void Texts_behind_a_shared_prefix_are_decoded_as_alone(int? window)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config(window: window));
        var prefix = TinyLlama.Tokens(6);
        int[][] suffixes = [TinyLlama.Tokens(5, 2), TinyLlama.Tokens(2, 3), TinyLlama.Tokens(1, 4)];
        using var prefixCache = new KeyValueCache(3, 8);
        model.Forward(model.Embed(Tensors.Ids(prefix)), prefixCache);
        var (batch, padding) = PaddedBatch.Left([.. suffixes.Select(s => model.Embed(Tensors.Ids(s)))], shared: prefix.Length);
        using var cache = prefixCache.Fork(3, 8);
        using var state = new LlamaDecodingState(model, cache, batch, padding);
        using var together = new LogitsKeeper();
        var options = new GenerationOptions { MaxNewTokens = 5 };
        TokenGenerator.Run(state, options, new HashSet<int>(), 0, together);
        for (var row = 0; row < suffixes.Length; row++)
        {
            using var aloneCache = new KeyValueCache(3, 8);
            using var alone = new LlamaDecodingState(model, aloneCache, model.Embed(Tensors.Ids([.. prefix, .. suffixes[row]])));
            using var single = new LogitsKeeper();
            TokenGenerator.Run(alone, options, new HashSet<int>(), 0, single);
            Tensors.AssertClose(single.All(), together.All().narrow(0, row, 1), 1e-4);
        }
    }

    [Fact]
    public void Greedy_text_equals_a_loop_without_a_cache()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config());
        List<int> text = [.. TinyLlama.Tokens(4)];
        using var cache = new KeyValueCache(3, 2);
        using var state = new LlamaDecodingState(model, cache, model.Embed(Tensors.Ids([.. text])));
        var written = TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 8 }, new HashSet<int>(), 0)[0];
        for (var i = 0; i < 8; i++)
        {
            text.Add((int)TinyLlama.AllLogits(model, [.. text]).narrow(1, text.Count - 1, 1).argmax(-1).item<long>());
        }

        Assert.Equal(text[4..], written);
    }

    [Fact]
    public void Beam_search_over_the_cache_equals_beam_search_without_one()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config());
        int[][] prompts = [TinyLlama.Tokens(5), TinyLlama.Tokens(3, 2)];
        var (batch, padding) = PaddedBatch.Left([.. prompts.Select(p => model.Embed(Tensors.Ids(p)))]);
        using var cache = new KeyValueCache(3, 2);
        using var state = new LlamaDecodingState(model, cache, batch, padding);
        var options = new BeamSearchOptions { Beams = 3, MaxNewTokens = 6 };
        var found = BeamSearch.Run(state, options, new HashSet<int> { 7 }, 0);
        using var plain = new Generation.ScriptedState(2, text =>
        {
            using var inner = NewDisposeScope();
            int[] tokens = [.. prompts[-text[0] - 1], .. text.Skip(1)];
            return TinyLlama.AllLogits(model, tokens).narrow(1, tokens.Length - 1, 1).Values();
        });
        Assert.Equal(BeamSearch.Run(plain, options, new HashSet<int> { 7 }, 0), found);
    }

    [Fact]
    public void Reported_rows_are_probabilities_over_the_visible_keys()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config());
        using var rows = new AttentionRowRecorder { Layers = 3, Queries = [2, 5] };
        model.Forward(model.Embed(Tensors.Ids(TinyLlama.Tokens(6))), rows: rows);
        var seen = Assert.Single(rows.Passes);
        Assert.Equal([3, 1, 4, 2, 6], seen.shape);          // [layers, B, heads, queries, keys]
        Assert.All(seen.sum(-1).Values(), sum => Assert.Equal(1f, sum, 5));
        Assert.All(seen.narrow(3, 0, 1).narrow(4, 3, 3).Values(), p => Assert.Equal(0f, p));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var guard = no_grad();
        using var model = TinyLlama.Model(TinyLlama.Config(window: 3));
        Tensors.AssertNothingLeft(() =>
        {
            using var ids = Tensors.Ids(1, 2, 3);
            using var prompt = model.Embed(ids);
            using var cache = new KeyValueCache(3, 2);
            using var state = new LlamaDecodingState(model, cache, prompt);
            TokenGenerator.Run(state, new GenerationOptions { MaxNewTokens = 4 }, new HashSet<int>(), 0);
        });
    }
}
