namespace Pipeline.Training.World;

/// <summary>
/// Groups of re-renders of one scene: itself, with two other kinds of object, with another colour, with another pattern, and with another place, sky, stimulus or emotion. In a contrastive
/// batch the others of a group are hard negatives: they differ in one word only. Kinds come twice because they are learnt last.
/// </summary>
public static class SceneVariants
{
    /// <summary>Scenes a group.</summary>
    public const int Count = 6;

    private const ulong Purpose = 31;

    /// <summary>The group of a scene; the same draw gives the same group.</summary>
    /// <param name="scene">The original, the first of the group.</param>
    /// <param name="draw">Chooses which object changes, and into what.</param>
    public static IReadOnlyList<Scene> Of(Scene scene, ulong draw)
    {
        ArgumentNullException.ThrowIfNull(scene);
        SeededRandom random = new(draw, Purpose);
        int changed = random.Below(scene.Objects.Count);
        ObjectKind kind = random.Other(scene.Objects.Select(o => o.Kind));
        ObjectKind third = random.Other(scene.Objects.Select(o => o.Kind).Append(kind));
        ObjectColour colour = random.Other(scene.Objects.Select(o => o.Colour));
        Surface surface = random.Other([scene.Objects[changed].Surface]);
        Mood mood = random.Other([scene.Sky, scene.Stimulus]);
        Scene surroundings = random.Below(4) switch
        {
            0 => scene with { Place = random.Other([scene.Place]) },
            1 => scene with { Sky = mood },
            2 => scene with { Stimulus = mood },
            _ => scene.WithMood(mood),
        };
        return [scene, scene.WithKind(changed, kind), scene.WithKind(changed, third), scene.WithColour(changed, colour), scene.WithSurface(changed, surface), surroundings];
    }
}
