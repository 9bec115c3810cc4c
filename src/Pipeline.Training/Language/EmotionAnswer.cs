using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>
/// The right answer to <see cref="Pipeline.Methods.Prompting.EmotionQuestion"/>: the difference between a scene and its re-render in the wanted mood. The sky changes, the mood's own
/// stimulus comes where the re-render has it, another one goes, the ground takes the new light, the objects stay.
/// </summary>
/// <param name="picture">What is seen.</param>
/// <param name="said">What the question says is seen: the answer keeps its words. Differs from the picture where a caption was wrong.</param>
/// <param name="mood">The wanted mood.</param>
internal sealed class EmotionAnswer(RenderedScene picture, Scene said, Mood mood)
{
    private const int SkyImportance = 9, NewImportance = 8, OldImportance = 6, GroundImportance = 4;

    private readonly Scene _scene = picture.Scene;
    private readonly SceneRegions _regions = SceneRegions.Of(picture);
    private readonly MoodStyle _style = MoodTable.Of(mood);
    private readonly float[] _wanted = SceneRenderer.Render(picture.Scene.WithMood(mood)).StimulusMask;

    /// <summary>The caption of the re-render: place and objects as said, then sky, stimulus and emotion of the mood.</summary>
    public static string TargetCaption(Scene said, Mood mood) => SceneCaption.Short(said.WithMood(mood));

    /// <summary>"burning fire": two words for a mood's stimulus.</summary>
    public static string StimulusPhrase(Mood mood) => $"{MoodTable.Of(mood).SkyWord} {MoodTable.Of(mood).StimulusWord}";

    /// <summary>"burning sky".</summary>
    public static string SkyPhrase(Mood mood) => $"{MoodTable.Of(mood).SkyWord} sky";

    /// <summary>The answer in JSON.</summary>
    public IReadOnlyList<AnswerPiece> Json()
    {
        AnswerWriter writer = new();
        SceneAnswer.Source(writer, "{\"source_caption\": \"", said, _regions);
        writer.Things("\", \"target_caption\": \"", said, _regions).Add(MoodTail());
        IReadOnlyList<Change> changes = Changes();
        for (int i = 0; i < changes.Count; i++)
        {
            Change c = changes[i];
            writer.Add(i == 0 ? "\", \"stimuli\": [{\"source_phrase\": \"" : ", {\"source_phrase\": \"").Add(c.Source, c.Region);
            writer.Add("\", \"target_phrase\": \"").Add(c.Target, c.Region).Add($"\", \"detail\": \"{c.Detail}\", \"box\": [");
            IReadOnlyList<string> numbers = c.Box.Numbers;
            writer.Add(numbers[0] + ", ").Add(numbers[1] + ", ").Add(numbers[2] + ", ").Add(numbers[3]);
            writer.Add($"], \"importance\": {c.Importance}, \"action\": \"{c.Action}\"}}");
        }

        return writer.Objects("], \"keep\": [\"", "\", \"", said, _regions).Add($"\"], \"overall_emotion\": \"people who see the picture feel {_style.Emotion}.\"}}").Pieces;
    }

    /// <summary>The answer in numbered sections: they have no boxes and only changes, so the old stimulus becomes the new one.</summary>
    public IReadOnlyList<AnswerPiece> Sections()
    {
        AnswerWriter writer = new();
        SceneAnswer.Source(writer, "Source Description: ", said, _regions);
        Change[] changes =
        [
            Sky(), NewStimulus() with { Source = StimulusPhrase(_scene.Stimulus), Region = _regions.Stimulus }, Ground(),
        ];
        for (int i = 0; i < changes.Length; i++)
        {
            Change c = changes[i];
            writer.Add($"\n{i + 1}. ").Add(c.Source, c.Region).Add(" -> ").Add(c.Target, c.Region).Add($":\nEmotional Sentence: {c.Detail}\nImportance: {c.Importance}");
        }

        return writer.Things("\nImage Description: ", said, _regions).Add(MoodTail()).Add($"\nOverall Emotion: people who see the picture feel {_style.Emotion}.").Pieces;
    }

    private string MoodTail() =>
        AnswerWriter.Part(said.WithMood(mood), SceneCaption.Parts.Sky | SceneCaption.Parts.Stimulus | SceneCaption.Parts.Emotion);

    private IReadOnlyList<Change> Changes()
    {
        if (_scene.Stimulus == mood)
        {
            return [Sky(), NewStimulus() with { Source = StimulusPhrase(mood), Region = _regions.Stimulus, Action = "change" }, Ground()];
        }

        Change old = new(
            StimulusPhrase(_scene.Stimulus), "", $"the picture under a {_style.SkyWord} sky is with {_style.StimulusWord}, and there is a {_style.SkyWord} sky.",
            GridBox.Around(_regions.Stimulus) ?? SceneRegions.SkyBox(_scene), OldImportance, "remove", _regions.Stimulus);
        return [Sky(), NewStimulus(), old, Ground()];
    }

    private Change Sky() => new(
        SkyPhrase(_scene.Sky), SkyPhrase(mood),
        $"the sky is {_style.SkyWord}, the picture is under a {_style.SkyWord} sky and shows {_style.Emotion} with {_style.StimulusWord}.",
        SceneRegions.SkyBox(_scene), SkyImportance, "change", _regions.Sky);

    private Change NewStimulus() => new(
        "", StimulusPhrase(mood),
        $"there is {_style.StimulusWord} under the {_style.SkyWord} sky, the picture with {_style.StimulusWord} is {_style.SkyWord} and shows {_style.Emotion}.",
        GridBox.Around(_wanted) ?? SceneRegions.SkyBox(_scene), NewImportance, "add", _wanted);

    private Change Ground()
    {
        string place = _scene.Place.ToString().ToLowerInvariant();
        return new(
            $"{MoodTable.Of(_scene.Sky).SkyWord} {place}", $"{_style.SkyWord} {place}",
            $"the {place} is under a {_style.SkyWord} sky with {_style.StimulusWord}, and the picture shows {_style.Emotion}.",
            SceneRegions.GroundBox(_scene), GroundImportance, "change", _regions.Ground);
    }

    private sealed record Change(string Source, string Target, string Detail, GridBox Box, int Importance, string Action, float[] Region);
}
