using FsCheck;
using FsCheck.Fluent;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;

namespace Pipeline.Methods.Tests.Prompting;

public sealed class PromptAssemblerTests
{
    private static readonly Func<string, int> WordsAndPunctuation = text =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Sum(w => 1 + w.Count(char.IsPunctuation) + w.Length / 7);

    [Fact]
    public void Phrases_come_between_caption_and_details()
    {
        var prompt = new PromptAssembler(WordsAndPunctuation, new PromptOptions()).Target("A wet balcony.", [S("withered rose", "Brown petals hang"), S("", ""), S("cracked pot", "Soil trickles out.")]);
        Assert.Equal("A wet balcony. withered rose, cracked pot. Brown petals hang. Soil trickles out.", prompt.Text);
        Assert.Equal(["withered rose", "cracked pot"], prompt.Phrases.Select(p => prompt.Text.Substring(p.Start, p.Length)));
        Assert.Equal([0, 2], prompt.Phrases.Select(p => p.Stimulus));
        Assert.Equal(0, prompt.DroppedWords);
    }

    [Fact]
    public void A_prompt_that_is_too_long_loses_details_first_and_whole_words_only()
    {
        var assembler = new PromptAssembler(WordsAndPunctuation, new PromptOptions { TokenBudget = 12 });
        var prompt = assembler.Target("A wet balcony", [S("withered rose", "Brown petals hang down heavily")]);
        Assert.Equal("A wet balcony. withered rose. Brown petals hang", prompt.Text);
        Assert.Equal(2, prompt.DroppedWords);
    }

    [Fact]
    public void A_long_caption_gives_way_to_the_phrases_down_to_half_of_the_budget()
    {
        var assembler = new PromptAssembler(t => t.Length == 0 ? 0 : t.Split(' ').Length, new PromptOptions { TokenBudget = 10 });
        var prompt = assembler.Target("one two three four five six seven eight nine ten eleven", [S("withered rose", "d"), S("cracked pot", "d")]);
        Assert.Equal("one two three four five six. withered rose, cracked pot.", prompt.Text);
        Assert.Equal(2, prompt.Phrases.Count);

        var many = assembler.Target("one two three four five six seven", [.. Enumerable.Range(0, 6).Select(i => S($"thing {i}", ""))]);
        Assert.StartsWith("one two three four five. thing 0, thing 1", many.Text, StringComparison.Ordinal);
        Assert.Equal([0, 1], many.Phrases.Select(p => p.Stimulus));
    }

    [Fact]
    public void The_longer_encoder_keeps_more_and_the_word_limit_holds_whatever_the_tokens()
    {
        var caption = string.Join(' ', Enumerable.Range(0, 400).Select(i => $"w{i}"));
        Assert.Equal(75, new PromptAssembler(Count, new PromptOptions()).Source(caption).Text.Split(' ').Length);
        Assert.Equal(180, new PromptAssembler(Count, new PromptOptions { TokenBudget = 246 }).Source(caption).Text.Split(' ').Length);
        Assert.Equal(325, new PromptAssembler(Count, new PromptOptions()).Source(caption).DroppedWords);

        static int Count(string text) => text.Split(' ').Length;
    }

    [Fact]
    public void Lower_case_is_an_option()
    {
        var prompt = new PromptAssembler(WordsAndPunctuation, new PromptOptions { LowerCase = true }).Target("A Wet Balcony", [S("Withered Rose", "Brown")]);
        Assert.Equal("a wet balcony. withered rose. brown.", prompt.Text);
    }

    [Fact]
    public void Any_captions_and_stimuli_give_a_prompt_within_the_budget_cut_between_words()
    {
        var word = Gen.Elements("rose", "withered", "a", "balcony,", "extraordinarily", "über", "rain-soaked", "light.");
        var text = word.ListOf().Select(w => string.Join(' ', w));
        var cases = from caption in text from phrases in text.ListOf(3) from detail in text from budget in Gen.Choose(1, 60) select (caption, phrases, detail, budget);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var stimuli = c.phrases.Select(p => S(p, c.detail)).ToList();
            var prompt = new PromptAssembler(WordsAndPunctuation, new PromptOptions { TokenBudget = c.budget }).Target(c.caption, stimuli);
            Assert.True(WordsAndPunctuation(prompt.Text) <= c.budget);
            Assert.All(prompt.Phrases, p => Assert.Equal(stimuli[p.Stimulus].TargetPhrase, prompt.Text.Substring(p.Start, p.Length)));
            var allowed = $"{c.caption} {string.Join(' ', c.phrases)} {c.detail}".Split(' ').Select(w => w.Trim('.', ',')).ToHashSet();
            Assert.All(prompt.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries), w => Assert.Contains(w.Trim('.', ','), allowed));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void An_empty_source_caption_stays_empty() => Assert.Equal("", new PromptAssembler(WordsAndPunctuation, new PromptOptions()).Source("  ").Text);

    [Theory]
    [InlineData("a dog on a sofa.", "a dog on a sofa, a joyful mood, sunny yellow, bright highlights, lively pattern")]
    [InlineData("", "a joyful mood, sunny yellow, bright highlights, lively pattern")]
    public void The_fallback_prompt_is_the_caption_with_the_mood_and_hints(string source, string expected)
    {
        var joy = EmotionTaxonomy.Resolve("joy").Emotion;
        Assert.Equal(expected, FallbackPrompts.Target(source, joy, DomainHints.Default.For("object", joy)));
        Assert.Equal("a dog, an angry mood", FallbackPrompts.Target("a dog", EmotionTaxonomy.Resolve("anger").Emotion, []));
    }

    [Fact]
    public void Missing_captions_are_completed_and_given_ones_are_not_touched()
    {
        var question = new EmotionQuestion(EmotionTaxonomy.Resolve("fear").Emotion, SubjectMode.General, []);
        var nothing = FallbackPrompts.Complete(AnswerParser.Parse("sorry"), question, "a grey house");
        Assert.Equal(("a grey house", "a grey house, a scary mood", ParseStatus.Fallback), (nothing.SourceCaption, nothing.TargetCaption, nothing.Status));
        var given = FallbackPrompts.Complete(AnswerParser.Parse("""{"source_caption": "a barn", "target_caption": "a burnt barn"}"""), question, "a grey house");
        Assert.Equal(("a barn", "a burnt barn"), (given.SourceCaption, given.TargetCaption));
    }

    private static Stimulus S(string target, string detail) => new("thing", target, detail, [], BoxUnit.None, 5, StimulusAction.Change, false);
}
