using Pipeline.Training.Language;
using Pipeline.Training.World;

namespace Pipeline.Training.Captioning;

/// <summary>How many captions are right, as a whole and in each attribute, in per cent.</summary>
internal static class CaptionScore
{
    /// <summary>Name of the figure that decides: every word right.</summary>
    public const string All = "all attributes right (%)";

    /// <summary>Compares captions with their scenes.</summary>
    public static IReadOnlyList<(string Name, double Value)> Measure(IReadOnlyList<Scene> scenes, IReadOnlyList<string> captions)
    {
        IEnumerable<(Scene Scene, string Caption)> pairs = [.. scenes.Zip(captions)];
        return
        [
            (All, Share(pairs, p => p.Caption == SceneCaption.Short(p.Scene))),
            ("all but colours under dark and stormy skies right (%)", Share(pairs, p => p.Caption == SceneCaption.Short(p.Scene) || (HidesColours(p.Scene) && Uncoloured(p.Caption) == Uncoloured(SceneCaption.Short(p.Scene))))),
            ("objects right (%)", Share(pairs, p => Words<ObjectKind>(p.Caption).SequenceEqual(p.Scene.Objects.Select(o => o.Kind)))),
            ("colours right (%)", Share(pairs, p => Words<ObjectColour>(p.Caption).SequenceEqual(p.Scene.Objects.Select(o => o.Colour)))),
            ("patterns right (%)", Share(pairs, p => Words<Surface>(p.Caption).SequenceEqual(p.Scene.Objects.Select(o => o.Surface).Where(s => s != Surface.Plain)))),
            ("place right (%)", Share(pairs, p => Says(p, SceneCaption.Parts.Place))),
            ("sky right (%)", Share(pairs, p => Says(p, SceneCaption.Parts.Sky))),
            ("stimulus right (%)", Share(pairs, p => Says(p, SceneCaption.Parts.Stimulus))),
            ("emotion right (%)", Share(pairs, p => Emotion(p.Caption) == Emotion(SceneCaption.Short(p.Scene)))),
        ];
    }

    private static double Share(IEnumerable<(Scene Scene, string Caption)> pairs, Func<(Scene Scene, string Caption), bool> right) => pairs.Average(p => right(p) ? 100.0 : 0);

    private static bool Says((Scene Scene, string Caption) pair, SceneCaption.Parts part) =>
        (pair.Caption + ",").Replace(",", " ", StringComparison.Ordinal).Contains(AnswerWriter.Part(pair.Scene, part) + " ", StringComparison.Ordinal);

    private static bool HidesColours(Scene scene) => scene.Sky is Mood.Fear or Mood.Sadness;

    private static string Uncoloured(string caption) => string.Join(' ', caption.Split(' ').Where(w => w is not ("a" or "an") && !Enum.TryParse(w, true, out ObjectColour _)));

    private static string Emotion(string caption) => caption.Split(", ") is [_, .., string last] ? last : "";

    private static IEnumerable<T> Words<T>(string caption)
        where T : struct, Enum => caption.Split(' ', ',').Where(w => w.Length > 0 && char.IsLower(w[0]) && Enum.TryParse(w, true, out T _)).Select(w => Enum.Parse<T>(w, true));
}
