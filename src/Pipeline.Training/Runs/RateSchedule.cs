namespace Pipeline.Training.Runs;

/// <summary>What the learning rate does after its warm-up.</summary>
public enum RateSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls along half a cosine to its floor at the last step.</summary>
    Cosine,
}
