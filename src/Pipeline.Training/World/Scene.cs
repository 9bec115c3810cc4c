namespace Pipeline.Training.World;

/// <summary>
/// Everything that determines a picture of the world. Change one factor with <c>with</c> and render again: that is a ground-truth edit, because layout and
/// stimulus positions depend on their own seeds only.
/// </summary>
/// <param name="Place">Where it plays.</param>
/// <param name="Objects">One or two objects, no kind and no colour twice.</param>
/// <param name="Sky">Mood whose sky and colour grade are used; also the emotion of the caption unless <see cref="Stimulus"/> differs.</param>
/// <param name="Stimulus">Mood whose stimulus is drawn. Differs from <see cref="Sky"/> in decoupled scenes, which carry no emotion word.</param>
/// <param name="LayoutSeed">Skyline, hills, place of the window.</param>
/// <param name="StimulusSeed">Places of the stimulus.</param>
public sealed record Scene(Place Place, IReadOnlyList<SceneObject> Objects, Mood Sky, Mood Stimulus, ulong LayoutSeed, ulong StimulusSeed)
{
    /// <summary>Share of scenes whose stimulus belongs to another mood than the sky, so that models learn the words apart.</summary>
    public const float DecoupledShare = 0.45f;

    /// <summary>Share of objects with a pattern.</summary>
    public const float PatternShare = 0.3f;

    /// <summary>Whether sky and stimulus tell the same emotion.</summary>
    public bool IsCoupled => Sky == Stimulus;

    /// <summary>Draws the scene of a seed. The same seed gives the same scene on every platform.</summary>
    public static Scene Sample(ulong seed)
    {
        SeededRandom random = new(seed);
        Place place = (Place)random.Below(4);
        Mood sky = (Mood)random.Below(9);
        Mood stimulus = random.Chance(DecoupledShare) ? (Mood)(((int)sky + 1 + random.Below(8)) % 9) : sky;
        bool pair = random.Chance(0.4f);
        SceneObject first = SampleObject(ref random, pair ? random.Range(13, 20) : random.Range(18, 46), pair, null);
        SceneObject[] objects = pair ? [first, SampleObject(ref random, random.Range(44, 51), true, first)] : [first];
        return new Scene(place, objects, sky, stimulus, random.Next(), random.Next());
    }

    /// <summary>The same scene evoking another emotion: sky, grade, stimulus and mouths change, nothing else.</summary>
    public Scene WithMood(Mood mood) => this with { Sky = mood, Stimulus = mood };

    /// <summary>The same scene with one object replaced by another kind.</summary>
    public Scene WithKind(int index, ObjectKind kind) => this with { Objects = Replace(index, Objects[index] with { Kind = kind }) };

    /// <summary>The same scene with one object in another colour.</summary>
    public Scene WithColour(int index, ObjectColour colour) => this with { Objects = Replace(index, Objects[index] with { Colour = colour }) };

    /// <summary>The same scene with another pattern on one object.</summary>
    public Scene WithSurface(int index, Surface surface) => this with { Objects = Replace(index, Objects[index] with { Surface = surface }) };

    private static SceneObject SampleObject(ref SeededRandom random, float x, bool pair, SceneObject? other)
    {
        ObjectKind kind = (ObjectKind)random.Below(6);
        ObjectColour colour = (ObjectColour)random.Below(6);
        if (other is not null)
        {
            // No kind and no colour twice: attribute words would be ambiguous.
            kind = kind == other.Kind ? (ObjectKind)(((int)kind + 1 + random.Below(5)) % 6) : kind;
            colour = colour == other.Colour ? (ObjectColour)(((int)colour + 1 + random.Below(5)) % 6) : colour;
        }

        float half = pair ? random.Range(11, 13) : random.Range(13, 16);
        Surface surface = random.Chance(PatternShare) ? (Surface)(1 + random.Below(2)) : Surface.Plain;
        return new SceneObject(kind, colour, surface, random.Range(0.85f, 1), x, random.Range(53, 60), half, random.Chance(0.5f));
    }

    private SceneObject[] Replace(int index, SceneObject changed)
    {
        SceneObject[] copy = [.. Objects];
        copy[index] = changed;
        return copy;
    }
}
