using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Models.LlavaNext;
using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>A scene with the two questions that the prompting step puts about it, and the right answers.</summary>
internal sealed class LanguageSample
{
    private const ulong Purpose = 47;
    private const float ShortShare = 0.12f, SectionsShare = 0.08f, FaceShare = 0.05f, NoSceneShare = 0.06f, LongSceneShare = 0.02f, ForeignSceneShare = 0.03f, WrongSceneShare = 0.15f;

    private LanguageSample(RenderedScene picture, EmotionQuestion question, QuestionForm form, Scene said)
    {
        Picture = picture;
        Question = question;
        Form = form;
        SceneTurn = Turn.Of(SceneQuestion.Text, SceneAnswer.Write(picture.Scene, SceneRegions.Of(picture)));
        EmotionAnswer answer = new(picture, said, MoodOfEmotion.Of(question.Emotion));
        EmotionTurn = Turn.Of(question.Text(form), form == QuestionForm.Sections ? answer.Sections() : answer.Json());
    }

    /// <summary>The picture.</summary>
    public RenderedScene Picture { get; }

    /// <summary>The question on the emotion.</summary>
    public EmotionQuestion Question { get; }

    /// <summary>How it is put.</summary>
    public QuestionForm Form { get; }

    /// <summary>The question on the scene and its answer.</summary>
    public Turn SceneTurn { get; }

    /// <summary>The question on the emotion and its answer.</summary>
    public Turn EmotionTurn { get; }

    /// <summary>Draws emotion, form and what the question says of the scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="draw">The same draw gives the same sample.</param>
    /// <param name="hints">Share of questions with style words.</param>
    public static LanguageSample Of(Scene scene, ulong draw, double hints)
    {
        SeededRandom random = new(draw, Purpose);
        Emotion emotion = EmotionTaxonomy.ById(random.Below(EmotionTaxonomy.All.Count));
        float form = random.Unit();
        SubjectMode mode = random.Chance(FaceShare) ? SubjectMode.Face : SubjectMode.General;
        IReadOnlyList<string> words = Words(emotion, ref random);
        EmotionQuestion question = new(emotion, mode, random.Chance((float)hints) ? words : []);
        Scene said = random.Chance(WrongSceneShare) ? Mistaken(scene, ref random) : scene;
        float given = random.Unit();
        string text = given switch
        {
            < NoSceneShare => "",
            < NoSceneShare + LongSceneShare => SceneCaption.Long(scene),
            < NoSceneShare + LongSceneShare + ForeignSceneShare => string.Join(", ", words),   // a user's own caption, of words that no answer has
            _ => SceneAnswer.Caption(said),
        };
        return new LanguageSample(
            SceneRenderer.Render(scene), question with { Scene = text },
            form < ShortShare ? QuestionForm.ShortJson : form < ShortShare + SectionsShare ? QuestionForm.Sections : QuestionForm.Json,
            text == SceneAnswer.Caption(said) ? said : scene);
    }

    private static IReadOnlyList<string> Words(Emotion emotion, ref SeededRandom random)
    {
        IReadOnlyList<DomainHintTable> domains = DomainHints.Default.Domains;
        return DomainHints.Default.For(domains[random.Below(domains.Count)].Name, emotion);
    }

    /// <summary>One object's kind or colour is said wrong: the answer shall keep the words of the question, not look again.</summary>
    private static Scene Mistaken(Scene scene, ref SeededRandom random)
    {
        int index = random.Below(scene.Objects.Count);
        ObjectKind[] kinds = [.. Enum.GetValues<ObjectKind>().Except(scene.Objects.Select(o => o.Kind))];
        ObjectColour[] colours = [.. Enum.GetValues<ObjectColour>().Except(scene.Objects.Select(o => o.Colour))];
        return random.Chance(0.7f) ? scene.WithKind(index, kinds[random.Below(kinds.Length)]) : scene.WithColour(index, colours[random.Below(colours.Length)]);
    }

    /// <summary>A question in the chat format and its answer as tokens.</summary>
    /// <param name="Prompt">The whole prompt with the image token.</param>
    /// <param name="Answer">The answer with its end token.</param>
    /// <param name="Regions">What each token of the answer names in the picture, or null.</param>
    internal sealed record Turn(IReadOnlyList<int> Prompt, IReadOnlyList<int> Answer, IReadOnlyList<float[]?> Regions)
    {
        /// <summary>Encodes a question and an answer.</summary>
        public static Turn Of(string question, IReadOnlyList<AnswerPiece> answer)
        {
            (int Id, float[]? Region)[] tokens =
            [
                .. answer.SelectMany(p => LanguageTokenizer.Ids(p).Select(id => (id, p.Region))), (LanguageTokenizer.Shared.EndId!.Value, null),
            ];
            return new Turn(
                LanguageTokenizer.Shared.Encode(ChatTemplate.Wrap(QuestionPieces.Kind, question)), [.. tokens.Select(t => t.Id)], [.. tokens.Select(t => t.Region)]);
        }
    }
}
