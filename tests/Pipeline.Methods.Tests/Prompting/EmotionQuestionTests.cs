using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;

namespace Pipeline.Methods.Tests.Prompting;

public sealed class EmotionQuestionTests
{
    private static readonly Emotion Grief = EmotionTaxonomy.Resolve("grief").Emotion;

    [Fact]
    public void Every_form_names_the_emotion_and_has_no_mark_of_a_chat_template()
    {
        foreach (var form in Enum.GetValues<QuestionForm>())
        {
            foreach (var mode in Enum.GetValues<SubjectMode>())
            {
                var text = new EmotionQuestion(Grief, mode, ["ash grey"]).Text(form);
                Assert.Contains("grief", text);
                Assert.Contains("grief-stricken", text);
                Assert.DoesNotContain("<image>", text);
                Assert.DoesNotContain("[INST]", text);
                Assert.InRange(text.Length, 200, 4000);
            }
        }
    }

    [Fact]
    public void The_json_question_asks_for_every_field_and_hints_are_optional()
    {
        var text = new EmotionQuestion(Grief, SubjectMode.General, ["ash grey"]).Text(QuestionForm.Json);
        Assert.All(["source_caption", "target_caption", "stimuli", "source_phrase", "target_phrase", "detail", "box", "importance", "action", "keep", "overall_emotion", "ash grey", "30 %", "40 %"],
            field => Assert.Contains(field, text));
        Assert.DoesNotContain("inspire", new EmotionQuestion(Grief, SubjectMode.General, []).Text(QuestionForm.Json));
    }

    [Fact]
    public void The_short_form_is_much_shorter()
    {
        var question = new EmotionQuestion(Grief, SubjectMode.General, []);
        Assert.True(question.Text(QuestionForm.ShortJson).Length * 2 < question.Text(QuestionForm.Json).Length);
    }

    [Fact]
    public void A_model_that_only_repeats_the_question_has_said_nothing()
    {
        foreach (var form in Enum.GetValues<QuestionForm>())
        {
            var parsed = AnswerParser.Parse(new EmotionQuestion(Grief, SubjectMode.General, ["ash grey"]).Text(form));
            Assert.Equal(ParseStatus.Fallback, parsed.Status);
        }
    }

    [Fact]
    public void A_face_always_has_its_three_parts_with_fixed_importance()
    {
        var answer = AnswerParser.Parse("""
            {"source_caption": "a woman", "target_caption": "a grieving woman", "stimuli": [
              {"source_phrase": "calm eyes", "target_phrase": "tearful eyes", "detail": "", "box": [0.3,0.3,0.7,0.4], "importance": 3, "action": "change"},
              {"source_phrase": "closed lips", "target_phrase": "trembling lips", "detail": "", "box": null, "importance": 8, "action": "remove"},
              {"source_phrase": "brown hair", "target_phrase": "grey hair", "detail": "", "box": null, "importance": 9, "action": "change"}],
             "keep": [], "overall_emotion": ""}
            """);
        Assert.Equal(ParseStatus.Strict, answer.Status);
        var face = FaceParts.Enforce(answer, "sad");
        Assert.Equal([("calm eyes", 8.0), ("closed lips", 8), ("nose and cheeks", 4)], face.Stimuli.Select(s => (s.SourcePhrase, s.Importance)));
        Assert.All(face.Stimuli, s => Assert.Equal(StimulusAction.Change, s.Action));
        Assert.Equal("sad nose and cheeks", face.Stimuli[2].TargetPhrase);
        Assert.Equal(ParseStatus.Repaired, face.Status);
        Assert.Contains(face.Notes, n => n.Code == ParseNoteCodes.FaceParts && n.Count == 4);
    }

    [Fact]
    public void A_face_answer_as_asked_stays_strict()
    {
        var answer = AnswerParser.Parse("""
            {"source_caption": "a woman", "target_caption": "a sad woman", "stimuli": [
              {"source_phrase": "calm eyes and brows", "target_phrase": "sad eyes", "detail": "", "box": null, "importance": 8, "action": "change"},
              {"source_phrase": "smooth cheeks", "target_phrase": "wet cheeks", "detail": "", "box": null, "importance": 4, "action": "change"},
              {"source_phrase": "closed mouth", "target_phrase": "drooping mouth", "detail": "", "box": null, "importance": 8, "action": "change"}],
             "keep": [], "overall_emotion": ""}
            """);
        var face = FaceParts.Enforce(answer, "sad");
        Assert.Equal(ParseStatus.Strict, face.Status);
        Assert.Equal(answer.Stimuli, face.Stimuli);
    }
}
