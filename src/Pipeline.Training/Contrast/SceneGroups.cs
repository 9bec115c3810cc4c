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
        for (int i = 0; i < samples.Count; i++)
        {
            ulong draw = (ulong)draws[i];
            IReadOnlyList<Scene> group = SceneVariants.Of(Scene.Sample(data.FirstScene + (ulong)samples[i].Number), draw);
            scenes.AddRange(group);
            bool isLong = new SeededRandom(draw, LengthPurpose).Chance((float)longShare);
            captions.AddRange(group.Select(s => isLong ? LongCaption.Of(s, draw) : SceneCaption.Varied(s, draw)));
        }

        return (scenes, captions);
    }
}
