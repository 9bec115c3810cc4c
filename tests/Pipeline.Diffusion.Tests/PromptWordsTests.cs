using System.Text.Json;
using Pipeline.Diffusion.Attention;

namespace Pipeline.Diffusion.Tests;

public sealed class PromptWordsTests
{
    [Fact]
    public void Words_of_several_tokens_keep_them_together_and_repeated_words_are_all_found()
    {
        var words = new PromptWords("two cats, two dogs", ["two", "cats", ",", "two", "do", "gs"]);
        Assert.Equal([2, 3], words.Find("cats,"));
        Assert.Equal([1, 4], words.Find("two"));
        Assert.Equal([5, 6], words.Find("dogs"));
        Assert.Contains("cats", Assert.Throws<DiffusionException>(() => words.Find("cats")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_longer_than_their_text_do_not_break_the_walk() =>
        Assert.Equal([1], new PromptWords("é", ["\u00c3\u00a9", "x"]).Find("é"));

    [Theory]
    [InlineData("p2p_replace_1to2", "ab cd ef gh", "ab CD ef gh", new[] { "ab", "cd", "ef", "gh" }, new[] { "ab", "C", "D", "ef", "gh" })]
    [InlineData("p2p_replace_2to1", "ab cd ef gh", "ab CD ef gh", new[] { "ab", "c", "d", "ef", "gh" }, new[] { "ab", "CD", "ef", "gh" })]
    public void Replacement_gives_the_golden_pairs(string name, string source, string target, string[] sourcePieces, string[] targetPieces)
    {
        JsonElement golden = Golden.Case(name);
        (PromptWords from, PromptWords to) = (new(source, sourcePieces), new(target, targetPieces));
        double[][] expected = Pairs(golden, "correct_shifted_pairs"), official = Pairs(golden, "official_pairs_max_len_10");
        double[][] shifted = NonZero(TokenReplacement.Between(from, to, 10), 10);
        Assert.Equal(expected, shifted.Take(expected.Length));
        Assert.Equal(official, NonZero(TokenReplacement.Between(from, to, 10, officialTail: true), 10));

        // every target position reads something
        Assert.Equal(10, shifted.Select(p => p[1]).Distinct().Count());
    }

    [Fact]
    public void Equal_prompts_replace_by_the_identity()
    {
        var words = new PromptWords("a red car", ["a", "red", "car"]);
        float[] matrix = TokenReplacement.Between(words, words, 6);
        Assert.All(Enumerable.Range(0, 36), i => Assert.Equal(i / 6 == i % 6 ? 1 : 0, matrix[i]));
    }

    [Fact]
    public void Different_word_counts_are_refused() =>
        Assert.Contains("refinement", Assert.Throws<DiffusionException>(() => TokenReplacement.Between(new("a", ["a"]), new("a b", ["a", "b"]), 6)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(50, 0.4, 20)]
    [InlineData(50, 0.8, 40)]
    public void A_schedule_covers_the_rows_of_its_fraction_of_N_plus_one(int steps, double until, int expected)
    {
        var schedule = new WordSchedule(steps, 4, (0, until), [((0, 0), [2])]);
        Assert.Equal(expected, Enumerable.Range(0, steps).Count(k => schedule.Row(k)[1] == 1));
        Assert.Equal(0, Enumerable.Range(0, steps).Count(k => schedule.Row(k)[2] == 1));
        Assert.Equal(expected, Enumerable.Range(0, steps).Count(schedule.IsActive));
    }

    private static double[][] Pairs(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().Select(p => p.Doubles())];

    // sorted by source, then target
    private static double[][] NonZero(float[] matrix, int length) =>
        [.. Enumerable.Range(0, matrix.Length).Where(i => matrix[i] != 0).Select(i => new double[] { i / length, i % length, matrix[i] })];
}
