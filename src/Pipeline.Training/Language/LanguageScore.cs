using Pipeline.Imaging.Masks;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Models.Generation;
using Pipeline.Models.LlavaNext;
using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>
/// What a language model makes of held-out pictures, by the pipeline's own path: the scene question, then one emotion question that contains its answer, both greedy, both read by the
/// pipeline's parser.
/// </summary>
internal sealed class LanguageScore
{
    private const int Together = 16;
    private const int MostTokens = 192;
    private const double Covered = 0.25;

    private readonly Dictionary<string, (double Sum, int Count)> _figures = new(StringComparer.Ordinal);

    /// <summary>All figures, in per cent but for IoU.</summary>
    public static IReadOnlyList<(string Name, double Value)> Measure(LlavaNextModel model, IReadOnlyList<Scene> scenes)
    {
        LanguageScore score = new();
        int index = 0;
        foreach (Scene[] part in scenes.Chunk(Together))
        {
            RenderedScene[] pictures = [.. part.Select(SceneRenderer.Render)];
            string[] captions = Ask(model, pictures, [.. pictures.Select(_ => SceneQuestion.Text)], SceneQuestion.MaxNewTokens, (_, answer) => SceneQuestion.Read(answer.Text));
            EmotionQuestion[] questions =
            [
                .. captions.Select(c => new EmotionQuestion(EmotionTaxonomy.ById(index++ % EmotionTaxonomy.All.Count), SubjectMode.General, []) { Scene = c }),
            ];
            score.Captions(part, captions);
            Ask(model, pictures, [.. questions.Select(q => q.Text(QuestionForm.Json))], MostTokens, (i, answer) => score.Emotion(pictures[i], questions[i].Emotion, captions[i], answer));
        }

        return [.. score._figures.Select(f => (f.Key, f.Value.Count == 0 ? 0 : f.Value.Sum / f.Value.Count))];
    }

    private static T[] Ask<T>(LlavaNextModel model, RenderedScene[] pictures, string[] questions, int tokens, Func<int, GeneratedAnswer, T> read)
    {
        IReadOnlyList<GeneratedAnswer> answers = model.AnswerAll(
            [.. pictures.Select((p, i) => new ImageQuestion(p.Image, questions[i]))], new GenerationOptions { MaxNewTokens = tokens });
        try
        {
            return [.. answers.Select((answer, i) => read(i, answer))];
        }
        finally
        {
            foreach (GeneratedAnswer answer in answers)
            {
                answer.Dispose();
            }
        }
    }

    private void Captions(Scene[] scenes, string[] captions)
    {
        for (int i = 0; i < scenes.Length; i++)
        {
            Scene scene = scenes[i];
            string[] words = captions[i].Split(' ');
            string[] Kinds(IEnumerable<string> from) => [.. from.Where(w => Enum.TryParse(w, true, out ObjectKind _))];
            Add("all objects right (%)", Kinds(words).SequenceEqual(scene.Objects.Select(o => o.Kind.ToString().ToLowerInvariant())));
            Add("objects with colour and pattern right (%)", captions[i].StartsWith(SceneCaption.Short(scene, SceneCaption.Parts.Objects) + " ", StringComparison.Ordinal));
            Add("place right (%)", captions[i].Contains(AnswerWriter.Part(scene, SceneCaption.Parts.Place), StringComparison.Ordinal));
            Add("sky right (%)", captions[i].Contains(AnswerWriter.Part(scene, SceneCaption.Parts.Sky), StringComparison.Ordinal));
            Add("stimulus right (%)", captions[i].EndsWith(AnswerWriter.Part(scene, SceneCaption.Parts.Stimulus), StringComparison.Ordinal));
        }
    }

    private bool Emotion(RenderedScene picture, Emotion emotion, string caption, GeneratedAnswer answer)
    {
        Mood mood = MoodOfEmotion.Of(emotion);
        ParsedAnswer parsed = AnswerParser.Parse(answer.Text, new PictureSize(picture.Image.Width, picture.Image.Height));
        Add("strict JSON (%)", parsed.Status == ParseStatus.Strict);
        Add("source caption kept (%)", parsed.SourceCaption == caption);
        string tail = EmotionAnswer.TargetCaption(picture.Scene, mood)[SceneCaption.Short(picture.Scene, SceneCaption.Parts.Objects | SceneCaption.Parts.Place).Length..];
        Add("target has the emotion's sky, stimulus and word (%)", parsed.TargetCaption.EndsWith(tail, StringComparison.Ordinal));

        ParsedAnswer truth = AnswerParser.Parse(string.Concat(new EmotionAnswer(picture, picture.Scene, mood).Json().Select(p => p.Text)));
        foreach (Stimulus right in truth.Stimuli)
        {
            Stimulus? given = parsed.Stimuli.FirstOrDefault(s => s.LocatingPhrase == right.LocatingPhrase);
            double overlap = given is null || given.Boxes.Count == 0 ? 0 : Overlap(given.Boxes[0], right.Boxes[0]);
            Add("mean box IoU", overlap);
            Add($"box IoU: {Kind(right, picture.Scene)}", overlap);
        }

        if (picture.Scene.Stimulus != mood)
        {
            string phrase = EmotionAnswer.StimulusPhrase(picture.Scene.Stimulus);
            Add("attention points at the stimulus (%)", new PhraseLocator(answer.Text).Find(phrase, "source_phrase") is { } place && PointsAt(answer, place, picture.StimulusMask));
        }

        return true;
    }

    private static string Kind(Stimulus stimulus, Scene scene) =>
        stimulus.LocatingPhrase == EmotionAnswer.SkyPhrase(scene.Sky) ? "sky" : stimulus.Action == StimulusAction.Add ? "new stimulus"
        : stimulus.LocatingPhrase == EmotionAnswer.StimulusPhrase(scene.Stimulus) ? "present stimulus" : "ground";

    /// <summary>Whether the phrase's attention, relative to that of all tokens, peaks where the mask covers at least a quarter of the cell.</summary>
    private static bool PointsAt(GeneratedAnswer answer, (int Start, int End) phrase, float[] mask)
    {
        IReadOnlyList<int> own = answer.TokensOf(new TextSpan(phrase.Start, phrase.End - phrase.Start));
        if (own.Count == 0)
        {
            return false;
        }

        ImageAttention all = answer.AttentionToImage([.. Enumerable.Range(0, answer.TokenIds.Count)]);
        int side = (int)Math.Sqrt(mask.Length), cells = all.Grid * all.Grid, step = side / all.Grid;
        double[] relative = [.. Enumerable.Range(0, cells).Select(c => own.Sum(t => all.Rows[t][c]) / (all.Rows.Average(r => r[c]) + 1e-6))];
        int peak = Array.IndexOf(relative, relative.Max());
        (int row, int column) = Math.DivRem(peak, all.Grid);
        return Enumerable.Range(0, step * step).Average(i => mask[(((row * step) + (i / step)) * side) + (column * step) + (i % step)]) >= Covered;
    }

    private static double Overlap(UnitBox a, UnitBox b)
    {
        double both = new UnitBox(Math.Max(a.Left, b.Left), Math.Max(a.Top, b.Top), Math.Min(a.Right, b.Right), Math.Min(a.Bottom, b.Bottom)).Area;
        return both / (a.Area + b.Area - both);
    }

    private void Add(string name, bool right) => Add(name, right ? 100 : 0);

    private void Add(string name, double value)
    {
        (double sum, int count) = _figures.GetValueOrDefault(name);
        _figures[name] = (sum + value, count + 1);
    }
}
