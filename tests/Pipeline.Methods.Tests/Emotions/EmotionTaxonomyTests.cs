using Pipeline.Methods.Emotions;

namespace Pipeline.Methods.Tests.Emotions;

public sealed class EmotionTaxonomyTests
{
    [Fact]
    public void The_27_ids_are_their_positions_and_every_word_is_its_own()
    {
        Assert.Equal(27, EmotionTaxonomy.All.Count);
        Assert.Equal(Enumerable.Range(0, 27), EmotionTaxonomy.All.Select(e => e.Id));
        Assert.Equal(27, EmotionTaxonomy.All.Select(e => e.Noun).Distinct().Count());
        Assert.Equal(27, EmotionTaxonomy.All.Select(e => e.Adjective).Distinct().Count());
        Assert.Equal((12, 11, 4), (Count(Polarity.Positive), Count(Polarity.Negative), Count(Polarity.Ambiguous)));

        static int Count(Polarity p) => EmotionTaxonomy.All.Count(e => e.Polarity == p);
    }

    [Theory]
    [InlineData("joy", 16)]
    [InlineData("Joyful", 16)]
    [InlineData("  GRIEF-stricken ", 15)]
    [InlineData("scary", 25)]
    [InlineData("realization", 21)]
    public void Nouns_and_adjectives_resolve_in_any_case_without_loss(string word, int id)
    {
        var match = EmotionTaxonomy.Resolve(word);
        Assert.Equal(id, match.Emotion.Id);
        Assert.False(match.IsLossy);
        Assert.Null(match.Note);
    }

    [Theory]
    [InlineData("awe", "admiration")]
    [InlineData("Contentment", "relief")]
    [InlineData("happiness", "joy")]
    [InlineData("anxiety", "nervousness")]
    public void Approximate_aliases_are_reported(string word, string noun)
    {
        var match = EmotionTaxonomy.Resolve(word);
        Assert.Equal(noun, match.Emotion.Noun);
        Assert.True(match.IsLossy);
        Assert.Contains(word, match.Note);
        Assert.Contains(noun, match.Note);
    }

    [Theory]
    [InlineData("sadnes", "sadness")]
    [InlineData("", "joy")]
    [InlineData(null, "all")]
    public void An_unknown_word_names_the_nearest_categories(string? word, string expected)
    {
        var error = Assert.Throws<EmotionException>(() => EmotionTaxonomy.Resolve(word));
        Assert.Contains(expected, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void An_id_outside_the_list_is_refused()
    {
        Assert.Equal("fear", EmotionTaxonomy.ById(25).Noun);
        Assert.Throws<EmotionException>(() => EmotionTaxonomy.ById(27));
        Assert.Throws<EmotionException>(() => EmotionTaxonomy.ById(-1));
    }

    [Fact]
    public void Label_sets_sum_the_probabilities_of_their_sources()
    {
        var p = Enumerable.Range(0, 27).Select(i => i / 351.0).ToArray();
        Assert.Equal(["amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness"], EmotionLabelSet.EmoSet.Labels);
        // awe <- 0, contentment <- 22 + 4
        Assert.Equal([1, 2, 0, 26, 11, 13, 25, 24], EmotionLabelSet.EmoSet.Project(p).Select(v => Math.Round(v * 351, 9)));
        Assert.Equal([2, 11, 25, 16, 24, 26], EmotionLabelSet.Emotion6.Project(p).Select(v => Math.Round(v * 351, 9)));
    }

    [Fact]
    public void Emotic_has_26_names_of_its_own_and_is_never_projected()
    {
        Assert.Equal(26, EmotionLabelSet.Emotic.Labels.Distinct().Count());
        Assert.True(EmotionLabelSet.Emotic.IsMultiLabel);
        Assert.Throws<EmotionException>(() => EmotionLabelSet.Emotic.Project(new double[27]));
        Assert.Throws<EmotionException>(() => EmotionLabelSet.Emotion6.Project(new double[26]));
    }
}
