namespace Pipeline.Training.World;

/// <summary>The eight emotions of Mikels et al. (2005) and neutral. Each has its own sky, stimulus, colour grade and mouth (<see cref="MoodTable"/>).</summary>
public enum Mood
{
    /// <summary>No emotion: clear sky, clouds.</summary>
    Neutral,

    /// <summary>Sunny sky, balloons.</summary>
    Amusement,

    /// <summary>Twilight, a rainbow.</summary>
    Awe,

    /// <summary>Golden light, flowers.</summary>
    Contentment,

    /// <summary>Neon sky, fireworks.</summary>
    Excitement,

    /// <summary>Burning sky, fire.</summary>
    Anger,

    /// <summary>Murky sky, slime.</summary>
    Disgust,

    /// <summary>Dark sky, bats.</summary>
    Fear,

    /// <summary>Stormy sky, rain.</summary>
    Sadness,
}
