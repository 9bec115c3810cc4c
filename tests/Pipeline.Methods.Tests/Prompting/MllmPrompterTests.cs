using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;

namespace Pipeline.Methods.Tests.Prompting;

public sealed class MllmPrompterTests
{
    private const string RoseAnswer = """
        {"source_caption": "A red rose in a clay pot", "target_caption": "A withered rose in the rain",
         "stimuli": [{"source_phrase": "red rose", "target_phrase": "withered rose", "detail": "Brown petals hang down.", "box": [0.5, 0, 1, 0.5], "importance": 9, "action": "change"},
                     {"source_phrase": "clay pot", "target_phrase": "cracked pot", "detail": "A long crack runs through it.", "box": null, "importance": 6, "action": "change"}],
         "keep": ["balcony"], "overall_emotion": "A farewell."}
        """;

    private static readonly RgbImage Picture = new(80, 60);
    private static readonly Emotion Sadness = EmotionTaxonomy.Resolve("sadness").Emotion;
    private static readonly Emotion Joy = EmotionTaxonomy.Resolve("joy").Emotion;

    [Fact]
    public void An_answer_becomes_prompts_and_a_map_where_boxes_and_attention_point()
    {
        var model = new ScriptedQuestioner(("sadness", RoseAnswer));
        model.Places["red rose"] = (1, 5);
        model.Places["clay pot"] = (6, 1);
        var result = Prompter(model).Prompt(Request(Sadness)).Single();

        Assert.Equal(ParseStatus.Strict, result.Status);
        Assert.Equal("A red rose in a clay pot", result.Source.Text);
        Assert.Equal("A withered rose in the rain. withered rose, cracked pot. Brown petals hang down. A long crack runs through it.", result.Target.Text);
        Assert.Equal(["withered rose", "cracked pot"], result.Target.Phrases.Select(p => result.Target.Text.Substring(p.Start, p.Length)));
        Assert.Equal([StimulusMapSource.BoxAndAttention, StimulusMapSource.Attention], result.Map.Stimuli.Select(s => s.Source));
        Assert.Equal((80, 60), (result.Map.Map!.Width, result.Map.Map.Height));
        Assert.True(result.Map.Map[60, 15] > 0.95f, "the rose: rows 1-2, columns 5-6 of 8");
        Assert.InRange(result.Map.Map[20, 52], 0.3f, 0.67f);   // the pot: weight 6 of 9
        Assert.True(result.Map.Map[2, 2] < 0.05f, "the sink in the corner, at which every word looks, is divided out");
        Assert.Equal((1, RoseAnswer, "A farewell."), (result.Asked, result.RawAnswer, result.OverallEmotion));
        Assert.Equal(1, model.AttentionPasses);
    }

    [Fact]
    public void Emotions_of_one_picture_share_one_look_and_come_back_in_order_whatever_the_batch()
    {
        (string, string)[] script = [("sadness", RoseAnswer), ("joy", RoseAnswer.Replace("withered", "blooming", StringComparison.Ordinal)), ("fear", "I cannot do that.")];
        var one = new ScriptedQuestioner(script);
        var four = new ScriptedQuestioner(script);
        Emotion[] emotions = [Joy, EmotionTaxonomy.Resolve("fear").Emotion, Sadness, Joy];
        var single = Prompter(one, new PrompterOptions { QuestionsAtOnce = 1 }).Prompt(Request(emotions));
        var batch = Prompter(four).Prompt(Request(emotions));

        Assert.Equal((1, 1), (one.Looks, four.Looks));
        Assert.Equal((1, 1), (one.SceneQuestions, four.SceneQuestions));
        Assert.Equal([1, 1, 1, 1, 1], one.Asked.Select(q => q.Count));
        Assert.Equal([4, 1], four.Asked.Select(q => q.Count));
        Assert.Equal(emotions, batch.Select(r => r.Emotion));
        foreach (var (a, b) in single.Zip(batch))
        {
            Assert.Equal((a.Source.Text, a.Target.Text, a.Status, a.Asked), (b.Source.Text, b.Target.Text, b.Status, b.Asked));
            Assert.Equal(a.Map.Map?.Values, b.Map.Map?.Values);
        }
        Assert.Contains("blooming", batch[0].Target.Text);
        Assert.Equal(ParseStatus.Fallback, batch[1].Status);
    }

    [Fact]
    public void A_useless_answer_is_asked_for_once_more_in_short_form_and_greedily()
    {
        var model = new ScriptedQuestioner(("JSON only", RoseAnswer), ("sadness", "Sorry, I would rather not."));
        var result = Prompter(model, new PrompterOptions { Temperature = 0.7 }).Prompt(Request(Sadness)).Single();
        Assert.Equal((ParseStatus.Strict, 2), (result.Status, result.Asked));
        Assert.Equal([0.7, 0.0], model.Options.Select(o => o.Temperature));
        Assert.DoesNotContain("JSON only", model.Asked[0][0]);
        Assert.Contains("JSON only", model.Asked[1][0]);
    }

    [Fact]
    public void A_second_useless_answer_falls_back_to_caption_and_template()
    {
        var captions = 0;
        var model = new ScriptedQuestioner(("", string.Concat(Enumerable.Repeat("sorry ", 2000))));
        var prompter = Prompter(model, captioner: _ => { captions++; return "a rose in a pot"; });
        var results = prompter.Prompt(Request(Sadness, Joy) with { Domain = "scene" });
        Assert.All(results, r => Assert.Equal((ParseStatus.Fallback, 2, StimulusMapSource.CrossAttention), (r.Status, r.Asked, r.Map.Source)));
        Assert.Equal("a rose in a pot", results[0].Source.Text);
        Assert.Equal("a rose in a pot, a sad mood, rain, fallen leaves, dull blue", results[0].Target.Text);
        Assert.All(results, r => Assert.InRange(r.RawAnswer.Length, 1000, 4096));
        Assert.Equal(1, captions);
    }

    [Fact]
    public void Without_a_model_and_a_captioner_there_is_still_a_prompt()
    {
        var result = Prompter(null).Prompt(Request(Joy)).Single();
        Assert.Equal(("", "a joyful mood", ParseStatus.Fallback, 0), (result.Source.Text, result.Target.Text, result.Status, result.Asked));
    }

    [Fact]
    public void The_captioner_is_not_asked_where_the_model_gave_a_caption()
    {
        var prompter = Prompter(new ScriptedQuestioner(("sadness", RoseAnswer)), captioner: _ => throw new InvalidOperationException("asked"));
        Assert.Equal("A red rose in a clay pot", prompter.Prompt(Request(Sadness)).Single().Source.Text);
    }

    [Fact]
    public void All_emotions_of_a_picture_share_one_source_prompt_and_are_told_of_it()
    {
        var model = new ScriptedQuestioner(("sadness", RoseAnswer), ("joy", RoseAnswer.Replace("A red rose in a clay pot", "Something else", StringComparison.Ordinal))) { Scene = "a rose on a balcony" };
        var results = Prompter(model).Prompt(Request(Sadness, Joy));
        Assert.All(results, r => Assert.Equal("a rose on a balcony", r.Source.Text));
        Assert.All(model.Asked[0], q => Assert.Contains("The source caption is: a rose on a balcony", q));
    }

    [Fact]
    public void What_the_user_decided_is_taken_and_nothing_is_asked_that_is_decided()
    {
        var model = new ScriptedQuestioner(("sadness", RoseAnswer));
        var mask = MaskImage.Filled(20, 15, 0.25f);
        var request = Request(Sadness) with { SourcePrompt = "my rose", TargetPrompt = "my grey rose", Mask = mask };
        var result = Prompter(model).Prompt(request).Single();
        Assert.Equal((0, 0, "my rose", "my grey rose"), (model.Looks, result.Asked, result.Source.Text, result.Target.Text));
        Assert.Equal("given", result.Map.Source.ToRecordText());
        Assert.All(result.Map.Map!.Values, v => Assert.Equal(0.25f, v, 5));

        var onlyMask = Prompter(model).Prompt(Request(Sadness) with { Mask = mask }).Single();
        Assert.Equal(("given", 2, 1, 0), (onlyMask.Map.Source.ToRecordText(), onlyMask.Map.Stimuli.Count, model.Looks, model.AttentionPasses));

        model = new ScriptedQuestioner(("sadness", RoseAnswer));
        var stimuli = AnswerParser.ParseStimuli("""[{"source_phrase": "vase", "target_phrase": "grey rose", "box": [0, 0, 50, 50], "importance": 7, "action": "change"}]""");
        var withStimuli = Prompter(model).Prompt(Request(Sadness) with { TargetPrompt = "my grey rose", Stimuli = stimuli }).Single();
        Assert.Equal((0, StimulusMapSource.Box), (model.Looks, withStimuli.Map.Source));
        Assert.Equal("grey rose", withStimuli.Target.Text.Substring(withStimuli.Target.Phrases[0].Start, withStimuli.Target.Phrases[0].Length));

        var onlyPrompt = Prompter(model).Prompt(Request(Sadness) with { TargetPrompt = "my grey rose" }).Single();
        Assert.Equal((1, "my grey rose", ParseStatus.Strict), (model.Looks, onlyPrompt.Target.Text, onlyPrompt.Status));
        Assert.Equal(2, onlyPrompt.Map.Stimuli.Count);
    }

    [Fact]
    public void Face_mode_asks_for_and_returns_the_three_parts()
    {
        var model = new ScriptedQuestioner(("sadness", RoseAnswer));
        var result = Prompter(model).Prompt(Request(Sadness) with { Mode = SubjectMode.Face }).Single();
        Assert.Contains("eyebrows", model.Asked[0][0]);
        Assert.Equal([8, 8, 4], result.Map.Stimuli.Select(s => s.Stimulus.Importance));
        Assert.Contains(result.Notes, n => n.Code == ParseNoteCodes.FaceParts);
    }

    [Fact]
    public void Sections_can_be_asked_for_and_give_attention_too()
    {
        var model = new ScriptedQuestioner(("sadness", "Source Description: A pot.\n1. red rose -> withered rose:\nEmotional Sentence: Brown petals.\nImage Description: A withered rose."));
        model.Places["red rose"] = (5, 5);
        var result = Prompter(model, new PrompterOptions { Form = QuestionForm.Sections }).Prompt(Request(Sadness)).Single();
        Assert.Contains("Emotional Sentence", model.Asked[0][0]);
        Assert.Equal((ParseStatus.Sections, StimulusMapSource.Attention), (result.Status, result.Map.Source));
        Assert.True(result.Map.Map![60, 45] > 0.9f);
    }

    [Fact]
    public void A_model_without_attention_leaves_the_boxes()
    {
        var model = new ScriptedQuestioner(("sadness", RoseAnswer)) { HasAttention = false };
        Assert.Equal("box", Prompter(model).Prompt(Request(Sadness)).Single().Map.Source.ToRecordText());
        var unused = new ScriptedQuestioner(("sadness", RoseAnswer));
        Assert.Equal("box", Prompter(unused, new PrompterOptions { UseAttention = false }).Prompt(Request(Sadness)).Single().Map.Source.ToRecordText());
        Assert.Equal(0, unused.AttentionPasses);
    }

    [Fact]
    public void Answers_and_conversations_are_released_whatever_happens()
    {
        var model = new ScriptedQuestioner(("sadness", RoseAnswer), ("joy", "no"), ("JSON only", "no"), (SceneQuestion.Text, "no"));
        Prompter(model).Prompt(Request(Sadness, Joy));
        Assert.Equal(0, model.Open);

        var failing = Prompter(model, captioner: _ => throw new InvalidOperationException("broken"));
        Assert.Throws<InvalidOperationException>(() => failing.Prompt(Request(Joy)));
        Assert.Equal(0, model.Open);
        Assert.ThrowsAny<OperationCanceledException>(() => Prompter(model).Prompt(Request(Joy), new CancellationToken(true)));
        Assert.Equal(0, model.Open);
    }

    [Fact]
    public void Questions_about_one_picture_share_nearly_all_of_their_text()
    {
        string[] texts = [.. EmotionTaxonomy.All.Select(e => new EmotionQuestion(e, SubjectMode.General, DomainHints.Default.For("scene", e)).Text(QuestionForm.Json))];
        var shared = Enumerable.Range(0, texts.Min(t => t.Length)).TakeWhile(i => texts.All(t => t[i] == texts[0][i])).Count();
        Assert.All(texts, t => Assert.True(shared > 0.85 * t.Length));
    }

    private static PromptRequest Request(params Emotion[] emotions) => new(Picture, new PictureSize(80, 60), emotions);

    private static MllmPrompter Prompter(IVisualQuestioner? model, PrompterOptions? options = null, Func<RgbImage, string>? captioner = null) => new(
        model, captioner, null, new PromptAssembler(t => t.Split(' ').Length, new PromptOptions()), new StimulusMapBuilder(new StimulusMapOptions()), DomainHints.Default, options ?? new PrompterOptions());
}
