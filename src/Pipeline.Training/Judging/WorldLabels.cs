using Pipeline.Training.World;

namespace Pipeline.Training.Judging;

/// <summary>
/// What can be said about a picture of the world, as labels of one classifier: the mood of sky and grade under the emotion's own word (<c>neutral</c>, <c>awe</c>, …), everything else with its
/// factor in front (<c>stimulus: rain</c>, <c>place: beach</c>, <c>object: dog</c>, <c>colour: red</c>, <c>object: red dog</c>, <c>surface: striped</c>).
/// </summary>
public static class WorldLabels
{
    /// <summary>Moods by sky.</summary>
    public static Range Moods { get; } = 0..9;

    /// <summary>Stimuli.</summary>
    public static Range Stimuli { get; } = 9..18;

    /// <summary>Places.</summary>
    public static Range Places { get; } = 18..22;

    /// <summary>Kinds of objects.</summary>
    public static Range Kinds { get; } = 22..28;

    /// <summary>Colours of objects.</summary>
    public static Range Colours { get; } = 28..34;

    /// <summary>Kinds with their colours, colour by colour within a kind.</summary>
    public static Range ColouredKinds { get; } = 34..70;

    /// <summary>Patterns of objects.</summary>
    public static Range Surfaces { get; } = 70..73;

    /// <summary>All labels, in the order of a classifier's outputs.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. MoodTable.All.Select(m => MoodTable.Of(m).Emotion is { Length: > 0 } word ? word : "neutral"),
        .. MoodTable.All.Select(m => "stimulus: " + MoodTable.Of(m).StimulusWord),
        .. Words<Place>("place: "),
        .. Words<ObjectKind>("object: "),
        .. Words<ObjectColour>("colour: "),
        .. Enum.GetValues<ObjectKind>().SelectMany(k => Words<ObjectColour>("object: ").Select(c => $"{c} {Word(k)}")),
        .. Words<Surface>("surface: "),
    ];

    /// <summary>Labels that hold for a scene.</summary>
    public static IReadOnlyList<int> Of(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return
        [
            Moods.Start.Value + (int)scene.Sky,
            Stimuli.Start.Value + (int)scene.Stimulus,
            Places.Start.Value + (int)scene.Place,
            .. scene.Objects.SelectMany(o => new[]
            {
                Kinds.Start.Value + (int)o.Kind,
                Colours.Start.Value + (int)o.Colour,
                Coloured(o.Kind, o.Colour),
                Surfaces.Start.Value + (int)o.Surface,
            }).Distinct(),
        ];
    }

    /// <summary>Label of a kind in a colour.</summary>
    public static int Coloured(ObjectKind kind, ObjectColour colour) => ColouredKinds.Start.Value + ((int)kind * 6) + (int)colour;

    /// <summary>1 for labels that hold, 0 for others: [scenes, labels], row-major.</summary>
    public static float[] Targets(IReadOnlyList<Scene> scenes)
    {
        ArgumentNullException.ThrowIfNull(scenes);
        float[] targets = new float[scenes.Count * All.Count];
        for (int i = 0; i < scenes.Count; i++)
        {
            foreach (int label in Of(scenes[i]))
            {
                targets[(i * All.Count) + label] = 1;
            }
        }

        return targets;
    }

    private static IEnumerable<string> Words<T>(string before)
        where T : struct, Enum => Enum.GetValues<T>().Select(v => before + Word(v));

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
