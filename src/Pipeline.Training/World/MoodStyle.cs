namespace Pipeline.Training.World;

/// <summary>How a <see cref="Mood"/> looks and what it is called.</summary>
/// <param name="Emotion">Emotion word of captions; empty for neutral.</param>
/// <param name="SkyWord">Word before "sky".</param>
/// <param name="StimulusWord">What evokes the emotion.</param>
/// <param name="SkyTop">Colour at the upper edge.</param>
/// <param name="SkyBottom">Colour at the horizon.</param>
/// <param name="Gain">Factor per channel on everything but sky and foreground stimuli.</param>
/// <param name="Saturation">1 keeps colours, 0 turns them grey.</param>
/// <param name="Mouth">Curve of a person's mouth: 1 smile, 0 straight, -1 frown.</param>
public sealed record MoodStyle(string Emotion, string SkyWord, string StimulusWord, Rgb SkyTop, Rgb SkyBottom, Rgb Gain, float Saturation, float Mouth)
{
    /// <summary>A colour as it looks in this mood.</summary>
    public Rgb Grade(Rgb c)
    {
        float grey = (0.299f * c.R) + (0.587f * c.G) + (0.114f * c.B);
        Rgb muted = new Rgb(grey, grey, grey).Towards(c, Saturation);
        return new Rgb(Math.Min(muted.R * Gain.R, 1), Math.Min(muted.G * Gain.G, 1), Math.Min(muted.B * Gain.B, 1));
    }
}
