namespace Pipeline.Training.World;

/// <summary>A scene and the same scene edited: the re-render is the ground truth, pixel by pixel.</summary>
/// <param name="Kind">What changes.</param>
/// <param name="Before">The source.</param>
/// <param name="After">The source with one factor changed.</param>
/// <param name="Changed">Index of the changed object; -1 where the mood changes.</param>
public sealed record ScenePair(EditKind Kind, Scene Before, Scene After, int Changed)
{
    private const ulong Purpose = 47;

    /// <summary>The word that stands for what changes in the source's caption.</summary>
    public string SourceWord => Word(Before, After);

    /// <summary>The word that takes its place.</summary>
    public string TargetWord => Word(After, Before);

    /// <summary>The pair of a seed; the same seed gives the same pair.</summary>
    public static ScenePair Of(EditKind kind, ulong seed)
    {
        SeededRandom random = new(seed, Purpose + (ulong)kind);
        Scene scene = Scene.Sample(seed);
        int changed = random.Below(scene.Objects.Count);
        switch (kind)
        {
            case EditKind.Emotion:
                return new ScenePair(kind, scene, scene.WithMood(random.Other([scene.Sky, scene.Stimulus, Mood.Neutral])), -1);
            case EditKind.Object:
                return new ScenePair(kind, scene, scene.WithKind(changed, random.Other(scene.Objects.Select(o => o.Kind))), changed);
            case EditKind.Surface:
                return new ScenePair(kind, scene, scene.WithSurface(changed, random.Other([scene.Objects[changed].Surface])), changed);
            default:
                // Under dark and stormy grades colours cannot be told from pixels.
                Scene lit = scene.Sky is Mood.Fear or Mood.Sadness ? scene.WithMood(Mood.Neutral) : scene;
                return new ScenePair(kind, lit, lit.WithColour(changed, random.Other(lit.Objects.Select(o => o.Colour))), changed);
        }
    }

    private string Word(Scene scene, Scene other) => Kind switch
    {
        EditKind.Object => Lower(scene.Objects[Changed].Kind),
        EditKind.Colour => Lower(scene.Objects[Changed].Colour),
        // A plain surface has no word: the colour stands in front of the noun on both sides.
        EditKind.Surface => $"{(scene.Objects[Changed].Surface == Surface.Plain ? "" : Lower(scene.Objects[Changed].Surface) + " ")}{Lower(other.Objects[Changed].Colour)}",
        _ => "",
    };

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
