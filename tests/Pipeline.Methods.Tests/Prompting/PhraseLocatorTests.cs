using Pipeline.Methods.Prompting;

namespace Pipeline.Methods.Tests.Prompting;

public sealed class PhraseLocatorTests
{
    private const string Answer = """
        {"source_caption": "A red rose in a pot", "target_caption": "A withered rose, once a red rose",
         "stimuli": [{"source_phrase": "red  Rose", "target_phrase": "withered rose"}]}
        """;

    [Fact]
    public void A_phrase_is_found_as_the_value_of_its_field_before_other_places()
    {
        var locator = new PhraseLocator(Answer);
        Assert.Equal(3, locator.FindAll("red rose").Count);
        var (start, end) = locator.Find("Red rose", "source_phrase")!.Value;
        Assert.Equal("red  Rose", Answer[start..end]);
        (start, end) = locator.Find("withered rose", "target_phrase")!.Value;
        Assert.Equal("withered rose\"}]}", Answer[start..end] + Answer[end..(end + 4)]);
        Assert.Null(locator.Find("blue rose", "source_phrase"));
        Assert.Null(locator.Find("  ", "source_phrase"));
    }

    [Fact]
    public void In_sections_the_numbered_line_is_the_place()
    {
        const string Sections = "Source Description: a red rose.\n1. red rose -> withered rose:\nEmotional Sentence: The withered rose hangs.";
        var locator = new PhraseLocator(Sections);
        Assert.Equal(Sections.IndexOf("red rose ->", StringComparison.Ordinal), locator.Find("red rose", "source_phrase")!.Value.Start);
        Assert.Equal(Sections.IndexOf("withered rose:", StringComparison.Ordinal), locator.Find("withered rose", "target_phrase")!.Value.Start);
    }

    [Fact]
    public void Tokens_are_those_that_wrote_a_character_of_the_range()
    {
        // "x rost blau": x | _ro | st | _b | lau, with an empty token between
        (int, int)[] tokens = [(0, 1), (1, 4), (4, 6), (6, 6), (6, 8), (8, 11)];
        var place = new PhraseLocator("x rost blau").FindAll("rost");
        Assert.Equal([1, 2], PhraseLocator.Tokens(tokens, place));
        Assert.Equal([1, 2, 4, 5], PhraseLocator.Tokens(tokens, [.. place, (7, 11), (2, 3)]));
        Assert.Empty(PhraseLocator.Tokens(tokens, []));
    }

    [Fact]
    public void Parts_of_words_do_not_match() => Assert.Empty(new PhraseLocator("a rosebud and a prose").FindAll("rose"));
}
