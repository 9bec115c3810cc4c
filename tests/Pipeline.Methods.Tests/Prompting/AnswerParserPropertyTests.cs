using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Methods.Prompting;
using Pipeline.TestKit;

namespace Pipeline.Methods.Tests.Prompting;

public sealed class AnswerParserPropertyTests
{
    private static readonly string[] Answers = [.. File.ReadLines(Fixtures.Path("prompting", "broken-answers.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("answer").GetString()!).Where(a => a.Length < 5000)];

    private static readonly string[] StrictAnswers = [.. Answers.Where(a => AnswerParser.Parse(a).Status == ParseStatus.Strict)];

    private static readonly Gen<string> Snippets = Gen.Elements(
        "\"", "'", "{", "}", "[", "]", "(", ")", ",", ":", "\\", "\\u", "\\ud800", "\n", "```", "//", "/*", "#", "...", "null", "None", "NaN", "1e999", "8/10", "-", "=>", "<|im_end|>",
        "\u201c", "\u201d", "\uff0c", "\ud83d", "\udd25", "\0", "\ufeff", "\ufffd", "{\"", "\":", "\"stimuli\":", "\"box\":[", "1. rose:", "Emotional Sentence:", "Image Description:");

    [Fact]
    public void Every_byte_prefix_of_every_valid_answer_is_read_without_an_exception_and_its_finished_captions_survive()
    {
        Assert.True(StrictAnswers.Length >= 15);
        foreach (var answer in StrictAnswers)
        {
            var whole = AnswerParser.Parse(answer);
            var bytes = Encoding.UTF8.GetBytes(answer);
            for (var length = 0; length < bytes.Length; length++)
            {
                var prefix = Encoding.UTF8.GetString(bytes, 0, length);
                var parsed = AnswerParser.Parse(prefix);
                RequireValid(parsed, AnswerLimits.Default);
                Assert.NotEqual(ParseStatus.Sections, parsed.Status);
                // A cut answer says a part of what the whole one says.
                Assert.StartsWith(parsed.SourceCaption, whole.SourceCaption, StringComparison.Ordinal);
                Assert.StartsWith(parsed.TargetCaption, whole.TargetCaption, StringComparison.Ordinal);
                if (prefix.Contains(whole.SourceCaption + "\",", StringComparison.Ordinal) && whole.SourceCaption.Length > 0)
                    Assert.Equal(whole.SourceCaption, parsed.SourceCaption);
            }
        }
    }

    [Fact]
    public void Every_prefix_of_the_section_template_is_read_without_an_exception()
    {
        foreach (var answer in Answers.Where(a => AnswerParser.Parse(a).Status == ParseStatus.Sections))
        {
            for (var length = 0; length < answer.Length; length++)
                RequireValid(AnswerParser.Parse(answer[..length]), AnswerLimits.Default);
        }
    }

    [Fact]
    public void Random_mutations_of_real_answers_never_throw_and_always_give_values_within_the_limits()
    {
        var edits = from count in Gen.Choose(1, 12)
                    from answer in Gen.Elements(Answers)
                    from edit in Gen.Zip(Gen.Choose(0, int.MaxValue), Gen.Zip(Gen.Choose(0, 3), Snippets)).ListOf(count)
                    select Mutate(answer, edit);
        Prop.ForAll(edits.ToArbitrary(), text => RequireValid(AnswerParser.Parse(text, new PictureSize(640, 480)), AnswerLimits.Default))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void A_line_of_invisible_characters_leaves_no_gap_in_a_sentence()
    {
        // Found by the mutations above.
        const string Answer = "withered rose:\nEmotional Sentence: The petals have turned brown.\n\ufeff\ned pot:\nEmotional Seal Sence: A black crack.\nImage Description: A withered rose.";
        RequireValid(AnswerParser.Parse(Answer, new PictureSize(640, 480)), AnswerLimits.Default);
    }

    [Fact]
    public void An_escape_with_control_characters_for_digits_is_mended()
    {
        // Found by the property below: number parsing lets trailing NUL characters pass.
        var json = new JsonRepairer("{\"a\":\"\\uaa\0\0 b\"}", 0, 32, new ParseNoteList()).Repair();
        JsonDocument.Parse(json!).Dispose();
    }

    [Fact]
    public void Random_strings_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => RequireValid(AnswerParser.Parse(text), AnswerLimits.Default)).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void The_repairer_always_gives_strict_json_and_always_moves_on()
    {
        var texts = from parts in Gen.OneOf(Snippets, Gen.Elements("red rose", " ", "a", "7", "true", "keep")).ListOf()
                    from opener in Gen.Elements("{", "[")
                    select PlainText.WithoutLoneSurrogates(opener + string.Concat(parts));
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var repairer = new JsonRepairer(text, 0, 32, new ParseNoteList());
            var json = repairer.Repair();
            Assert.InRange(repairer.End, 1, text.Length);
            if (json is not null)
                JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 }).Dispose();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void The_repairer_leaves_the_meaning_of_valid_json_alone()
    {
        foreach (var answer in StrictAnswers)
        {
            var notes = new ParseNoteList();
            var json = new JsonRepairer(answer, answer.IndexOf('{', StringComparison.Ordinal), 32, notes).Repair();
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(answer), JsonNode.Parse(json!)), answer);
            Assert.Equal(0, notes.Count);
        }
    }

    [Fact]
    public void The_order_of_keys_and_stimuli_does_not_matter()
    {
        var permutations = from answer in Gen.Elements(StrictAnswers)
                           from seed in Gen.Choose(0, 1_000_000)
                           select (answer, seed);
        Prop.ForAll(permutations.ToArbitrary(), p =>
        {
            var random = new System.Random(p.seed);
            var shuffled = Shuffle(JsonNode.Parse(p.answer)!, random)!.ToJsonString();
            Assert.Equal(Dump(AnswerParser.Parse(p.answer)), Dump(AnswerParser.Parse(shuffled)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Limits_are_obeyed_where_they_are_set_lower()
    {
        var limits = new AnswerLimits { MaxCharacters = 2000, MaxStimuli = 2, MaxPhrase = 6, MaxSentence = 20, MaxKeep = 1, MaxBoxes = 1, MaxDepth = 6, MaxObjects = 2 };
        foreach (var answer in Answers)
            RequireValid(AnswerParser.Parse(answer, new PictureSize(100, 100), limits), limits);
    }

    [Theory]
    [InlineData("{\"a\": \"", "\n")]
    [InlineData("{\"a\": \"", "\" ")]
    [InlineData("{\"a\": \"", "\",")]
    [InlineData("{\"a\": \"", "', \n")]
    [InlineData("{", "{")]
    [InlineData("", "{}")]
    [InlineData("", "{x} ")]
    [InlineData("[", "},")]
    [InlineData("[", "[ ] ,")]
    [InlineData("{", "a ")]
    [InlineData("{\"a\": b", ", c ")]
    [InlineData("{\"stimuli\": [", "{\"phrase\": \"rose\", \"score\": 8}, ")]
    [InlineData("{\"stimuli\": [", "\"rose\", ")]
    [InlineData("{\"keep\": [", "\"rose\", ")]
    [InlineData("{\"target_caption\": \"", "The rose. ")]
    [InlineData("{\"target_caption\": \"", "\\\\\" ")]
    [InlineData("Image Description: ", "a\n")]
    [InlineData("Image Description: x\n", "1. rose: Emotional Sentence: wet.\n")]
    [InlineData("", "1.")]
    [InlineData("", "- ")]
    [InlineData("", "Assistant: ")]
    [InlineData("", "<|a")]
    [InlineData("", "`")]
    [InlineData("{\"stimuli\": \"", "8/10 out of ")]
    [InlineData("{", "/*")]
    [InlineData("{", "\"a\":1,")]
    public void Texts_made_to_be_slow_are_read_in_linear_time(string start, string repeated)
    {
        var text = start + string.Concat(Enumerable.Repeat(repeated, 65536 / repeated.Length));
        AnswerParser.Parse(text);
        var taken = ThreadTime.Of(() => RequireValid(AnswerParser.Parse(text), AnswerLimits.Default));
        // A quadratic pass over 64 kB would be billions of steps.
        Assert.True(taken < TimeSpan.FromSeconds(1.5), $"{taken}");
    }

    private static string Mutate(string text, IReadOnlyList<(int At, (int Kind, string Snippet))> edits)
    {
        foreach (var (position, (kind, snippet)) in edits)
        {
            var at = position % (text.Length + 1);
            var end = Math.Min(text.Length, at + 1 + position % 7);
            text = kind switch
            {
                0 => text.Insert(at, snippet),
                1 => text[..at] + text[end..],
                2 => text[..at] + snippet + text[end..],
                _ => text[..at] + text[at..end] + text[at..],
            };
        }
        return text;
    }

    private static JsonNode? Shuffle(JsonNode? node, System.Random random)
    {
        switch (node)
        {
            case JsonObject o:
                var members = o.Select(m => (m.Key, Value: Shuffle(m.Value?.DeepClone(), random))).ToArray();
                random.Shuffle(members);
                return new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, m.Value)));
            case JsonArray a when a.Any(e => e is JsonObject) || a.All(e => e is JsonValue v && v.GetValueKind() == JsonValueKind.String):
                var elements = a.Select(e => Shuffle(e?.DeepClone(), random)).ToArray();
                random.Shuffle(elements);
                return new JsonArray(elements);
            default:
                return node?.DeepClone();
        }
    }

    private static string Dump(ParsedAnswer answer) => JsonSerializer.Serialize(answer);

    private static void RequireValid(ParsedAnswer answer, AnswerLimits limits)
    {
        Assert.Equal(answer.Status == ParseStatus.Strict, answer.Notes.Count == 0);
        Assert.Equal(answer.IsUsable, answer.SourceCaption.Length + answer.TargetCaption.Length + answer.Stimuli.Count > 0);
        Assert.InRange(answer.Stimuli.Count, 0, limits.MaxStimuli);
        Assert.InRange(answer.Keep.Count, 0, limits.MaxKeep);
        Assert.All(answer.Notes, n => Assert.InRange(n.Detail.Length, 0, 80));
        Sentence(answer.SourceCaption, limits.MaxSentence);
        Sentence(answer.TargetCaption, limits.MaxSentence);
        Sentence(answer.OverallEmotion, limits.MaxSentence);
        foreach (var stimulus in answer.Stimuli)
        {
            Assert.InRange(stimulus.Importance, 1, 10);
            Assert.NotEmpty(stimulus.LocatingPhrase);
            Assert.False(stimulus.Action == StimulusAction.Change && (stimulus.SourcePhrase.Length == 0 || stimulus.TargetPhrase.Length == 0));
            Sentence(stimulus.SourcePhrase, limits.MaxPhrase);
            Sentence(stimulus.TargetPhrase, limits.MaxPhrase);
            Sentence(stimulus.Detail, limits.MaxSentence);
            Assert.InRange(stimulus.Boxes.Count, 0, limits.MaxBoxes);
            Assert.Equal(stimulus.Boxes.Count > 0, stimulus.BoxUnit != BoxUnit.None && !stimulus.IsGlobal);
            Assert.All(stimulus.Boxes, b => Assert.True(
                b is { Left: >= 0, Top: >= 0, Right: <= 1, Bottom: <= 1, Area: >= 0.001 and < 0.98 } && Math.Min(b.Right - b.Left, b.Bottom - b.Top) >= 0.02 - 1e-12, b.ToString()));
        }
        Assert.Equal(answer.Stimuli.Count, answer.Stimuli.Select(s => s.LocatingPhrase.ToLowerInvariant()).Distinct().Count());
    }

    private static void Sentence(string text, int length)
    {
        Assert.InRange(text.Length, 0, length);
        Assert.Equal(PlainText.Collapse(text), text);
    }
}
