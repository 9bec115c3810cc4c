using Pipeline.Training.World;

namespace Pipeline.Training.Judging;

/// <summary>What a judge says of a picture.</summary>
/// <param name="Probabilities">Of every label of <see cref="WorldLabels"/>.</param>
public sealed record SceneVerdict(IReadOnlyList<double> Probabilities)
{
    /// <summary>The likeliest mood of sky and grade: the emotion that the picture evokes.</summary>
    public Mood Sky => (Mood)Highest(WorldLabels.Moods);

    /// <summary>The mood whose stimulus is likeliest to be there.</summary>
    public Mood Stimulus => (Mood)Highest(WorldLabels.Stimuli);

    /// <summary>The likeliest place.</summary>
    public Place Place => (Place)Highest(WorldLabels.Places);

    /// <summary>The likeliest kinds of objects.</summary>
    /// <param name="count">How many objects there are.</param>
    public IReadOnlySet<ObjectKind> Kinds(int count) => Enum.GetValues<ObjectKind>().OrderByDescending(k => Probabilities[WorldLabels.Kinds.Start.Value + (int)k]).Take(count).ToHashSet();

    /// <summary>The likeliest colour of a kind.</summary>
    public ObjectColour ColourOf(ObjectKind kind) => Enum.GetValues<ObjectColour>().MaxBy(c => Probabilities[WorldLabels.Coloured(kind, c)]);

    private int Highest(Range labels) => Enumerable.Range(labels.Start.Value, labels.End.Value - labels.Start.Value).MaxBy(l => Probabilities[l]) - labels.Start.Value;
}
