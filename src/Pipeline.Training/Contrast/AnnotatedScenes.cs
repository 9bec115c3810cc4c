using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;

namespace Pipeline.Training.Contrast;

/// <summary>Scenes of the world in groups of re-renders that differ in one word, as CLIP learns from them; held out, each scene alone.</summary>
internal sealed class AnnotatedScenes(WorldData data) : IAnnotatedPictures
{
    public ITrainingData? Data => null;

    /// <summary>The emotions of the world, asked for in its words: all of them are single tokens of its tokenizer.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Prompts)> Classes { get; } =
    [
        .. MoodTable.All.Select(m => MoodTable.Of(m).Emotion).Where(e => e.Length > 0).Select(e => (e, (IReadOnlyList<string>)
        [
            $"the picture shows {e}.",
            $"there is {e} in the picture.",
            $"the picture is with {e}.",
            $"a picture under the sky, {e}",
            $"the sky shows {e}.",
        ])),
    ];

    public int DrawsOf(int samples) => samples;

    public IReadOnlyList<AnnotatedPicture> Batch(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws) => [.. SceneGroups.Of(data, samples, draws).SelectMany(g => g.Group).Select(Of)];

    public IEnumerable<AnnotatedPicture> HeldOut() => Enumerable.Range(0, data.HeldOut).Select(i => Of(Scene.Sample(data.FirstHeldOut + (ulong)i)));

    public int? ClassOf(MoodAnnotation said) => said.Emotion is null ? null : Classes.Index().First(c => c.Item.Name == said.Emotion).Index;

    public void Dispose()
    {
    }

    private static AnnotatedPicture Of(Scene scene) => new(SceneRenderer.Render(scene).Image, MoodAnnotation.Of(scene));
}
