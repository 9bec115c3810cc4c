using Pipeline.Methods.Emotions;

namespace Pipeline.Methods.Tests.Emotions;

public sealed class DomainHintsTests
{
    private static readonly Emotion Joy = EmotionTaxonomy.Resolve("joy").Emotion;

    [Fact]
    public void The_built_in_table_has_two_to_four_words_for_every_emotion_of_every_domain()
    {
        var hints = DomainHints.Default;
        Assert.Equal(["object", "person", "scene", "fashion", "jewelry", "home"], hints.Domains.Select(d => d.Name));
        foreach (var domain in hints.Domains)
        {
            foreach (var emotion in EmotionTaxonomy.All)
                Assert.InRange(hints.For(domain.Name, emotion).Distinct().Count(), 2, 4);
        }
    }

    [Fact]
    public void Aliases_and_case_find_the_same_words_and_an_unknown_domain_none()
    {
        Assert.Equal(DomainHints.Default.For("jewelry", Joy), DomainHints.Default.For(" Jewellery ", Joy));
        Assert.Equal(DomainHints.Default.For("home", Joy), DomainHints.Default.For("vase", Joy));
        Assert.Empty(DomainHints.Default.For("submarine", Joy));
        Assert.Empty(DomainHints.Default.For(null, Joy));
    }

    [Fact]
    public void A_users_file_replaces_lists_and_adds_domains()
    {
        var user = DomainHints.Parse("""
            version: 1
            domains:
              fashion:
                emotions: { joy: [polka dots] }
              car:
                aliases: [vehicle]
                emotions:
                  joy: [candy paint, open roof]
            """, "mine.yaml");
        var hints = DomainHints.Default.OverlaidWith(user);
        Assert.Equal(["polka dots"], hints.For("dress", Joy));
        Assert.Equal(["candy paint", "open roof"], hints.For("vehicle", Joy));
        Assert.Equal(DomainHints.Default.For("fashion", EmotionTaxonomy.ById(2)), hints.For("fashion", EmotionTaxonomy.ById(2)));
        Assert.NotEqual(["polka dots"], DomainHints.Default.For("fashion", Joy));
    }

    [Theory]
    [InlineData("version: 2\ndomains: {}", "only version 1", 1)]
    [InlineData("version: 1", "'domains' is missing", 1)]
    [InlineData("version: 1\ndomains: {}\nextra: 1", "unknown key 'extra'", 3)]
    [InlineData("version: 1\ndomains:\n  a:\n    emotions:\n      happy: [x]", "not one of the 27", 5)]
    [InlineData("version: 1\ndomains:\n  a:\n    emotions:\n      joy: []", "1 to 8 words", 5)]
    [InlineData("version: 1\ndomains:\n  a:\n    emotions:\n      joy: x", "1 to 8 words", 5)]
    [InlineData("version: 1\ndomains:\n  a: { aliases: &x [b], emotions: { joy: *x } }", "aliases are not allowed", 3)]
    [InlineData("version: 1\ndomains: [", "not valid YAML", 3)]
    [InlineData("[]", "to be a mapping", 1)]
    public void A_broken_file_is_refused_with_its_line(string yaml, string message, int line)
    {
        var error = Assert.Throws<EmotionException>(() => DomainHints.Parse(yaml, "mine.yaml"));
        Assert.Contains(message, error.Message);
        Assert.Contains($"mine.yaml:{line}:", error.Message);
    }

    [Fact]
    public void Deep_nesting_and_huge_files_are_refused_before_they_are_built()
    {
        Assert.Contains("too deeply", Assert.Throws<EmotionException>(() => DomainHints.Parse(new string('[', 100_000), "deep")).Message);
        Assert.Contains("256 kB", Assert.Throws<EmotionException>(() => DomainHints.Parse(new string(' ', 300_000), "big")).Message);
    }
}
