using Pipeline.Methods.Emotions;
using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>
/// Which of the world's moods stands for each emotion of the taxonomy. Mikels' eight have their own (awe is read as admiration, contentment as relief, as the taxonomy's aliases
/// say); the others take the mood that is nearest in valence and arousal.
/// </summary>
public static class MoodOfEmotion
{
    private static readonly Dictionary<string, Mood> s_moods = new(StringComparer.Ordinal)
    {
        ["admiration"] = Mood.Awe,
        ["amusement"] = Mood.Amusement,
        ["anger"] = Mood.Anger,
        ["annoyance"] = Mood.Anger,
        ["approval"] = Mood.Contentment,
        ["caring"] = Mood.Contentment,
        ["confusion"] = Mood.Fear,
        ["curiosity"] = Mood.Awe,
        ["desire"] = Mood.Excitement,
        ["disappointment"] = Mood.Sadness,
        ["disapproval"] = Mood.Disgust,
        ["disgust"] = Mood.Disgust,
        ["embarrassment"] = Mood.Sadness,
        ["excitement"] = Mood.Excitement,
        ["gratitude"] = Mood.Contentment,
        ["grief"] = Mood.Sadness,
        ["joy"] = Mood.Amusement,
        ["love"] = Mood.Contentment,
        ["nervousness"] = Mood.Fear,
        ["optimism"] = Mood.Amusement,
        ["pride"] = Mood.Awe,
        ["realization"] = Mood.Awe,
        ["relief"] = Mood.Contentment,
        ["remorse"] = Mood.Sadness,
        ["sadness"] = Mood.Sadness,
        ["fear"] = Mood.Fear,
        ["surprise"] = Mood.Excitement,
    };

    /// <summary>The mood; never <see cref="Mood.Neutral"/>.</summary>
    public static Mood Of(Emotion emotion)
    {
        ArgumentNullException.ThrowIfNull(emotion);
        return s_moods[emotion.Noun];
    }
}
