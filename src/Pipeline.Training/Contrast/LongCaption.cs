using Pipeline.Training.World;

namespace Pipeline.Training.Contrast;

/// <summary>
/// Captions of forty to seventy tokens, as target prompts are put together: what is seen, then phrases, then sentences on single things. They use the text tower's later positions, which
/// one sentence never reaches.
/// </summary>
public static class LongCaption
{
    private const ulong Purpose = 37;

    /// <summary>A long caption; the same draw chooses the same parts, so that captions of re-renders differ only in what they say.</summary>
    public static string Of(Scene scene, ulong draw)
    {
        ArgumentNullException.ThrowIfNull(scene);
        SeededRandom random = new(draw, Purpose);
        if (random.Chance(0.35f))
        {
            return SceneCaption.Long(scene);
        }

        MoodStyle sky = MoodTable.Of(scene.Sky), stimulus = MoodTable.Of(scene.Stimulus);
        string place = scene.Place.ToString().ToLowerInvariant(), feeling = scene.IsCoupled && sky.Emotion.Length > 0 ? $" and shows {sky.Emotion}" : "";
        string[] sentences =
        [
            $"the sky is {sky.SkyWord}, the picture is under a {sky.SkyWord} sky{feeling}.",
            $"there is {stimulus.StimulusWord} in the picture, and the picture is with {stimulus.StimulusWord}.",
            $"the {place} is under a {sky.SkyWord} sky with {stimulus.StimulusWord}{feeling}.",
            .. scene.Objects.Select(o => $"there is {SceneCaption.Noun(o)} in the picture."),
        ];
        SceneCaption.Parts said = random.Chance(0.5f) ? SceneCaption.Parts.All : SceneCaption.Parts.Place;
        int first = random.Below(sentences.Length);
        return $"{SceneCaption.Short(scene, said)}. {sky.SkyWord} sky, {stimulus.StimulusWord}, {sky.SkyWord} {place}. "
            + string.Join(' ', sentences.Skip(first).Concat(sentences.Take(first)).Take(2 + random.Below(2)));
    }
}
