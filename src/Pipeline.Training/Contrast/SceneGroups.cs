using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;

namespace Pipeline.Training.Contrast;

/// <summary>Groups of re-renders with captions that say the same parts within a group, so that what differs is said by all or by none.</summary>
internal static class SceneGroups
{
    private const ulong LengthPurpose = 43;

    /// <summary>A group for every sample, by its draw.</summary>
    public static (List<Scene> Scenes, List<string> Captions) Of(WorldData data, IReadOnlyList<Sample> samples, double longShare, IReadOnlyList<double> draws)
    {
        List<Scene> scenes = [];
        List<string> captions = [];
        foreach ((IReadOnlyList<Scene> group, ulong draw) in Of(data, samples, draws))
        {
            scenes.AddRange(group);
            bool isLong = new SeededRandom(draw, LengthPurpose).Chance((float)longShare);
            captions.AddRange(group.Select(s => isLong ? LongCaption.Of(s, draw) : SceneCaption.Varied(s, draw)));
        }

        return (scenes, captions);
    }

    /// <summary>The groups alone, each with its draw.</summary>
    public static IEnumerable<(IReadOnlyList<Scene> Group, ulong Draw)> Of(WorldData data, IReadOnlyList<Sample> samples, IReadOnlyList<double> draws) =>
        samples.Select((s, i) => (SceneVariants.Of(Scene.Sample(data.FirstScene + (ulong)s.Number), (ulong)draws[i]), (ulong)draws[i]));
}
