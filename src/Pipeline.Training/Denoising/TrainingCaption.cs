using Pipeline.Methods.Moodifier;
using Pipeline.Training.Contrast;
using Pipeline.Training.World;

namespace Pipeline.Training.Denoising;

/// <summary>
/// What a scene is called in one sample. Sky, stimulus and emotion words go together in most scenes, so a third of the captions say only one of the three: otherwise any of them would carry all. Besides the one
/// sentence there are the forms that the pipeline writes: a caption followed by what to add, and whole target prompts.
/// </summary>
public static class TrainingCaption
{
    private const ulong Purpose = 41;
    private const float VariedShare = 0.25f, SingleShare = 0.32f, PhraseShare = 0.13f;
    private static readonly string[] s_nothing = ["", "", new MoodifierOptions().PositivePrompt, new MoodifierOptions().NegativePrompt];

    /// <summary>A caption of a scene; the same draw gives the same.</summary>
    public static string Of(Scene scene, ulong draw)
    {
        ArgumentNullException.ThrowIfNull(scene);
        SeededRandom random = new(draw, Purpose);
        return random.Unit() switch
        {
            < VariedShare => SceneCaption.Varied(scene, draw),
            < VariedShare + SingleShare => Single(scene, ref random),
            < VariedShare + SingleShare + PhraseShare => Phrases(scene, ref random),
            _ => LongCaption.Of(scene, draw),
        };
    }

    /// <summary>Whether a sample goes without its caption.</summary>
    public static bool IsDropped(ulong draw, double share) => new SeededRandom(draw, Purpose + 2).Chance((float)share);

    /// <summary>
    /// What stands in for a caption that is left out: nothing at all, or the texts that the editor's guidance starts from, of whose words the world has none; so they mean nothing to the model, as they must.
    /// </summary>
    public static string Nothing(ulong draw) => s_nothing[new SeededRandom(draw, Purpose + 1).Below(s_nothing.Length)];

    // "a red dog on the beach with rain": one of sky, stimulus and emotion
    private static string Single(Scene scene, ref SeededRandom random)
    {
        SceneCaption.Parts place = random.Chance(0.7f) ? SceneCaption.Parts.Place : SceneCaption.Parts.Objects;
        SceneCaption.Parts said = random.Below(scene.IsCoupled ? 5 : 4) switch
        {
            0 or 1 => SceneCaption.Parts.Stimulus,
            2 or 3 => SceneCaption.Parts.Sky,
            _ => SceneCaption.Parts.Emotion,
        };
        return SceneCaption.Short(scene, place | said);
    }

    // "a red dog on the beach. rain, a stormy sky": as target prompts are put together
    private static string Phrases(Scene scene, ref SeededRandom random)
    {
        MoodStyle sky = MoodTable.Of(scene.Sky), stimulus = MoodTable.Of(scene.Stimulus);
        string caption = SceneCaption.Short(scene, random.Chance(0.7f) ? SceneCaption.Parts.Place : SceneCaption.Parts.Objects);
        string phrases = random.Below(3) switch
        {
            0 => stimulus.StimulusWord,
            1 => $"a {sky.SkyWord} sky",
            _ => $"{stimulus.StimulusWord}, a {sky.SkyWord} sky",
        };
        return $"{caption}. {phrases}";
    }
}
