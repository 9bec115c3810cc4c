using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Diffusion.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class TokenAlignmentTests
{
    [Theory]
    [InlineData("insert", "S a b c E", "S a d b c E")]
    [InlineData("substitute", "S a b c E", "S a x c E")]
    [InlineData("delete", "S a b c E", "S a c E")]
    [InlineData("dup (S a b E -> S a a b E)", "S a b E", "S a a b E")]
    [InlineData("swap (S a b E -> S b a E)", "S a b E", "S b a E")]
    [InlineData("empty source (S E -> S p q r E)", "S E", "S p q r E")]
    public void Aligns_as_the_published_aligner(string name, string source, string target)
    {
        int[] expected = Golden.Case("alignment_pairs").GetProperty(name).Ints();
        int[] actual = [.. Align(source, target, 8).SourceOf.Take(target.Split(' ').Length)];
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Padding_after_the_target_maps_to_itself()
    {
        JsonElement golden = Golden.Case("p2p_refine_mapper");
        TokenAlignment alignment = Align(golden.GetProperty("source").GetString()!, golden.GetProperty("target").GetString()!, golden.GetProperty("max_len").GetInt32());
        Assert.Equal(golden.GetProperty("mapper").Ints(), alignment.SourceOf);
        Assert.Equal(golden.GetProperty("alpha").Ints().Select(a => (float)a), alignment.Alphas());
    }

    [Fact]
    public void Equal_prompts_align_to_the_identity() => Prop.ForAll(Words, words =>
    {
        int[] ids = [-1, .. words, -2];
        return TokenAlignment.Between(ids, ids, 40).SourceOf.SequenceEqual(Enumerable.Range(0, 40));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Aligned_positions_grow_and_start_and_end_tokens_always_align() => Prop.ForAll(Words, Words, (source, target) =>
    {
        int[] a = [-1, .. source, -2], b = [-1, .. target, -2];
        int[] map = [.. TokenAlignment.Between(a, b, 40).SourceOf.Take(b.Length)];
        int[] aligned = [.. map.Where(i => i >= 0)];
        return map[0] == 0 && map[^1] == a.Length - 1 && aligned.Zip(aligned.Skip(1)).All(p => p.First < p.Second);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rescue_aligns_the_most_similar_pair_of_each_unaligned_run()
    {
        // S a b c E -> S a x y c E with b unused: (b, y) is the best pair, then x stays new.
        TokenAlignment plain = Align("S a b c E", "S a x y c E", 8);
        Assert.Equal([0, 1, -1, -1, 3, 4, 6, 7], plain.SourceOf);
        TokenAlignment rescued = plain.WithRescue((source, target) => source == 2 && target == 3 ? 0.9 : 0.1);
        Assert.Equal([0, 1, -1, 2, 3, 4, 6, 7], rescued.SourceOf);
    }

    [Fact]
    public void Rescue_looks_up_the_source_state_by_source_index()
    {
        // The published loop exchanges the tables; with it the pair (b, x) would win here.
        using Tensor source = tensor(new float[] { 1, 0, 0, 1, 1, 0, 0, 1 }, [4, 2]);
        using Tensor target = tensor(new float[] { 1, 0, 1, 1, 9, 0, 0, 1, 0, 1 }, [5, 2]);
        Func<int, int, double> cosine = TokenSimilarity.Cosine(source, target);
        Assert.Equal(1.0, cosine(2, 2), 6);
        Assert.Equal(0.7071, cosine(2, 1), 3);
        Assert.Equal(0.0, cosine(1, 2), 6);
    }

    [Fact]
    public void Rescue_leaves_a_run_without_unused_source_tokens_alone()
    {
        TokenAlignment plain = Align("S a b E", "S a d b E", 5);
        Assert.Equal(plain.SourceOf, plain.WithRescue((_, _) => 1).SourceOf);
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused() =>
        Assert.Contains("truncate", Assert.Throws<DiffusionException>(() => Align("S a E", "S a b c d E", 5)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("S a red rose and a red rose E", "red rose", new[] { 2, 3, 6, 7 })]
    [InlineData("S a red rose E", "rose red", new int[0])]
    [InlineData("S a a a E", "a a", new[] { 1, 2, 3 })]
    [InlineData("S a E", "", new int[0])]
    public void Token_spans_find_every_occurrence_of_a_phrase(string prompt, string phrase, int[] expected) =>
        Assert.Equal(expected, TokenSpan.Find(Ids(prompt), Ids(phrase)));

    private static Arbitrary<int[]> Words => Gen.ArrayOf(Gen.Choose(0, 4)).Where(w => w.Length <= 20).ToArbitrary();

    private static TokenAlignment Align(string source, string target, int length) => TokenAlignment.Between(Ids(source), Ids(target), length);

    private static int[] Ids(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Aggregate(17, (h, c) => h * 31 + c))];
}
