using FsCheck;
using FsCheck.Fluent;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Models.LlavaNext;
using Pipeline.Training.Language;
using Pipeline.Training.World;

namespace Pipeline.Training.Tests.Language;

public sealed class GroundTruthTests
{
    private static readonly Arbitrary<(int Seed, int Emotion)> s_cases = Gen.Choose(0, int.MaxValue).Zip(Gen.Choose(0, 26)).Select(p => (p.Item1, p.Item2)).ToArbitrary();

    [Fact]
    public void Every_answer_in_JSON_is_strict_and_says_what_the_re_render_shows() => Prop.ForAll(s_cases, c =>
    {
        RenderedScene scene = SceneRenderer.Render(Scene.Sample((ulong)c.Seed));
        Mood mood = MoodOfEmotion.Of(EmotionTaxonomy.ById(c.Emotion));
        ParsedAnswer parsed = AnswerParser.Parse(Text(new EmotionAnswer(scene, scene.Scene, mood).Json()));

        Assert.Equal(ParseStatus.Strict, parsed.Status);
        Assert.Equal(SceneAnswer.Caption(scene.Scene), parsed.SourceCaption);
        Assert.Equal(SceneCaption.Short(scene.Scene.WithMood(mood)), parsed.TargetCaption);
        Assert.Equal(scene.Scene.Objects.Count, parsed.Keep.Count);
        Assert.Equal(scene.Scene.Stimulus == mood ? 3 : 4, parsed.Stimuli.Count);
        Assert.All(parsed.Stimuli, s => Assert.True(s.Boxes.Count == 1 && !s.IsGlobal && s.BoxUnit == BoxUnit.Unit));
        Assert.All(parsed.Stimuli, s => Assert.InRange(s.LocatingPhrase.Split(' ').Length, 2, 5));
        Assert.All(parsed.Stimuli, s => Assert.True(s.Detail.Split(' ').Length >= 12, s.Detail));
        Assert.True(parsed.SourceCaption.Split(' ').Length <= 25 && parsed.TargetCaption.Split(' ').Length <= 40);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_answer_in_sections_and_every_scene_answer_is_understood() => Prop.ForAll(s_cases, c =>
    {
        RenderedScene scene = SceneRenderer.Render(Scene.Sample((ulong)c.Seed));
        Mood mood = MoodOfEmotion.Of(EmotionTaxonomy.ById(c.Emotion));
        ParsedAnswer parsed = AnswerParser.Parse(Text(new EmotionAnswer(scene, scene.Scene, mood).Sections()));
        Assert.Equal(ParseStatus.Sections, parsed.Status);
        Assert.Equal([ParseNoteCodes.Sections, ParseNoteCodes.Action], parsed.Notes.Select(n => n.Code));
        Assert.Equal(SceneCaption.Short(scene.Scene.WithMood(mood)), parsed.TargetCaption);
        Assert.Equal([9.0, 8.0, 4.0], parsed.Stimuli.Select(s => s.Importance));
        Assert.Equal(SceneAnswer.Caption(scene.Scene), SceneQuestion.Read(Text(SceneAnswer.Write(scene.Scene, SceneRegions.Of(scene)))));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Boxes_hold_what_they_name() => Prop.ForAll(s_cases, c =>
    {
        RenderedScene scene = SceneRenderer.Render(Scene.Sample((ulong)c.Seed));
        if (GridBox.Around(scene.StimulusMask) is { } box)
        {
            double inside = 0, all = 0;
            for (int i = 0; i < scene.StimulusMask.Length; i++)
            {
                all += scene.StimulusMask[i];
                bool within = (i % 64) + 1 >= 2 * box.Left && i % 64 <= 2 * box.Right && (i / 64) + 1 >= 2 * box.Top && i / 64 <= 2 * box.Bottom;
                inside += within ? scene.StimulusMask[i] : 0;
            }

            // Slime hangs from the top and stands on the ground: its box is the fuller half.
            Assert.True(inside >= (scene.Scene.Stimulus == Mood.Disgust ? 0.5 : 0.95) * all, $"{c.Seed}: {inside} of {all} in {box}");
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_part_of_every_answer_is_one_token_and_decodes_to_itself() => Prop.ForAll(s_cases, c =>
    {
        RenderedScene scene = SceneRenderer.Render(Scene.Sample((ulong)c.Seed));
        EmotionAnswer answer = new(scene, scene.Scene, MoodOfEmotion.Of(EmotionTaxonomy.ById(c.Emotion)));
        foreach (IReadOnlyList<AnswerPiece> pieces in new[] { answer.Json(), answer.Sections(), SceneAnswer.Write(scene.Scene, SceneRegions.Of(scene)) })
        {
            int[] ids = [.. pieces.SelectMany(LanguageTokenizer.Ids)];
            Assert.Equal(pieces.Count, ids.Length);
            Assert.Equal(Text(pieces), LanguageTokenizer.Shared.Decode(ids));

            // What the tokenizer itself makes of the text: the start token, perhaps the space that it puts in front, then the same.
            Assert.Equal(ids, LanguageTokenizer.Shared.Encode(Text(pieces)).TakeLast(ids.Length));
            Assert.InRange(LanguageTokenizer.Shared.Encode(Text(pieces)).Count, ids.Length + 1, ids.Length + 2);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Questions_are_short_in_tokens_and_lossless()
    {
        foreach (Emotion emotion in EmotionTaxonomy.All)
        {
            foreach (QuestionForm form in Enum.GetValues<QuestionForm>())
            {
                string text = new EmotionQuestion(emotion, SubjectMode.General, []) { Scene = SceneAnswer.Caption(Scene.Sample((ulong)emotion.Id)) }.Text(form);
                IReadOnlyList<int> ids = LanguageTokenizer.Shared.Encode(ChatTemplate.Wrap("mistral", text));
                Assert.InRange(ids.Count, 10, 26);
                Assert.Contains(text, LanguageTokenizer.Shared.Decode(ids, false), StringComparison.Ordinal);
            }
        }

        Assert.Equal(4, LanguageTokenizer.Shared.Encode(ChatTemplate.Wrap("mistral", SceneQuestion.Text)).Count); // start, frame, picture, question
        const string Other = "Wörter, die niemand gelernt hat: 0.123 & <b>\t\n";
        Assert.Equal(Other, LanguageTokenizer.Shared.Decode(LanguageTokenizer.Shared.Encode(Other)));
    }

    [Fact]
    public void Every_emotion_has_a_mood_and_Mikels_eight_have_their_own()
    {
        Assert.DoesNotContain(EmotionTaxonomy.All, e => MoodOfEmotion.Of(e) == Mood.Neutral);
        Assert.All(MoodTable.All.Skip(1), mood => Assert.Equal(mood, MoodOfEmotion.Of(EmotionTaxonomy.Resolve(MoodTable.Of(mood).Emotion).Emotion)));
    }

    private static string Text(IReadOnlyList<AnswerPiece> pieces) => string.Concat(pieces.Select(p => p.Text));
}
