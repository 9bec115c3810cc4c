using System.Text;

namespace Pipeline.Training.World;

/// <summary>Words for a scene.</summary>
public static class SceneCaption
{
    /// <summary>Which parts of a caption are said.</summary>
    [Flags]
    public enum Parts
    {
        /// <summary>Objects only.</summary>
        Objects = 0,

        /// <summary>"in the room", "on the beach".</summary>
        Place = 1,

        /// <summary>"under a stormy sky".</summary>
        Sky = 2,

        /// <summary>"with rain".</summary>
        Stimulus = 4,

        /// <summary>", sadness" (coupled scenes only).</summary>
        Emotion = 8,

        /// <summary>Everything.</summary>
        All = Place | Sky | Stimulus | Emotion,
    }

    /// <summary>One sentence: "a red dog and a blue car on the beach under a stormy sky with rain, sadness".</summary>
    public static string Short(Scene scene, Parts parts = Parts.All)
    {
        ArgumentNullException.ThrowIfNull(scene);
        MoodStyle sky = MoodTable.Of(scene.Sky);
        StringBuilder text = new(string.Join(" and ", scene.Objects.Select(Noun)));
        Append(text, parts.HasFlag(Parts.Place), " " + Where(scene.Place));
        Append(text, parts.HasFlag(Parts.Sky), $" under a {sky.SkyWord} sky");
        Append(text, parts.HasFlag(Parts.Stimulus), $" with {MoodTable.Of(scene.Stimulus).StimulusWord}");
        Append(text, parts.HasFlag(Parts.Emotion) && scene.IsCoupled && sky.Emotion.Length > 0, $", {sky.Emotion}");
        return text.ToString();
    }

    /// <summary>A training caption: every part is left out in three of ten cases, drawn from the seed.</summary>
    public static string Varied(Scene scene, ulong seed)
    {
        SeededRandom random = new(seed, 11);
        Parts parts = Parts.Objects;
        foreach (Parts part in new[] { Parts.Place, Parts.Sky, Parts.Stimulus, Parts.Emotion })
        {
            parts |= random.Chance(0.7f) ? part : Parts.Objects;
        }

        return Short(scene, parts);
    }

    /// <summary>The <see cref="Sentences"/> in a row.</summary>
    public static string Long(Scene scene) => string.Join(' ', Sentences(scene));

    /// <summary>Five sentences in the order of MoodArchive's annotation: summary, three stimuli, overall emotion.</summary>
    public static IReadOnlyList<string> Sentences(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        MoodStyle sky = MoodTable.Of(scene.Sky);
        string emotion = sky.Emotion.Length > 0 ? sky.Emotion : "calm";
        return
        [
            $"{Short(scene, Parts.Place)}.",
            $"the sky is {sky.SkyWord}.",
            $"there is {MoodTable.Of(scene.Stimulus).StimulusWord}.",
            $"the {scene.Objects[0].Kind.ToString().ToLowerInvariant()} is {scene.Objects[0].Colour.ToString().ToLowerInvariant()}.",
            $"the picture shows {emotion}.",
        ];
    }

    /// <summary>"a red dog"; "an orange cat"; "a striped orange cat".</summary>
    public static string Noun(SceneObject item)
    {
        ArgumentNullException.ThrowIfNull(item);
        string colour = item.Colour.ToString().ToLowerInvariant();
        string look = item.Surface == Surface.Plain ? colour : $"{item.Surface.ToString().ToLowerInvariant()} {colour}";
        return $"{(look[0] == 'o' ? "an" : "a")} {look} {item.Kind.ToString().ToLowerInvariant()}";
    }

    private static string Where(Place place) => place switch
    {
        Place.Meadow => "on the meadow",
        Place.Beach => "on the beach",
        Place.Street => "on the street",
        _ => "in the room",
    };

    private static void Append(StringBuilder text, bool said, string part)
    {
        if (said)
        {
            text.Append(part);
        }
    }
}
