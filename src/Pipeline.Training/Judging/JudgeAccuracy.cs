using Pipeline.Training.World;

namespace Pipeline.Training.Judging;

/// <summary>
/// How often a classifier with the labels of <see cref="WorldLabels"/> is right about each factor of scenes, in per cent. A factor with one value (mood, stimulus, place) is right when its highest
/// label is the true one; objects are right when the highest labels, as many as there are objects, are the true ones. Colours do not count under dark and stormy skies, whose grade leaves little
/// of them in the pixels.
/// </summary>
public static class JudgeAccuracy
{
    private static readonly (string Name, Range Labels, Func<Scene, bool> Counts)[] s_factors =
    [
        ("mood", WorldLabels.Moods, _ => true),
        ("stimulus", WorldLabels.Stimuli, _ => true),
        ("place", WorldLabels.Places, _ => true),
        ("objects", WorldLabels.Kinds, _ => true),
        ("colours", WorldLabels.Colours, HasColours),
        ("coloured objects", WorldLabels.ColouredKinds, HasColours),
        ("surfaces", WorldLabels.Surfaces, HasColours),
    ];

    /// <summary>Measures every factor.</summary>
    /// <param name="scenes">What the pictures show.</param>
    /// <param name="scores">One row of scores a scene, larger where the classifier is surer.</param>
    public static IReadOnlyList<(string Name, double Value)> Measure(IReadOnlyList<Scene> scenes, IReadOnlyList<float[]> scores)
    {
        ArgumentNullException.ThrowIfNull(scenes);
        ArgumentNullException.ThrowIfNull(scores);
        return
        [
            .. s_factors.Select(f => (f.Name, Counted: Enumerable.Range(0, scenes.Count).Where(i => f.Counts(scenes[i])).ToArray(), f.Labels))
                .Where(f => f.Counted.Length > 0)
                .Select(f => ($"{f.Name} (%)", 100.0 * f.Counted.Count(i => IsRight(scenes[i], scores[i], f.Labels)) / f.Counted.Length)),
        ];
    }

    private static bool HasColours(Scene scene) => scene.Sky is not (Mood.Fear or Mood.Sadness);

    private static bool IsRight(Scene scene, float[] scores, Range labels)
    {
        int[] all = [.. Enumerable.Range(0, scores.Length).Take(labels)];
        int[] wanted = [.. WorldLabels.Of(scene).Intersect(all)];
        return all.OrderByDescending(l => scores[l]).Take(wanted.Length).ToHashSet().SetEquals(wanted);
    }
}
