namespace Pipeline.Training.Data;

/// <summary>What a run learns from and is judged on: scenes of the procedural world, or the pictures of a manifest.</summary>
public interface ITrainingData : IDisposable
{
    /// <summary>Pictures that are learned from; one epoch.</summary>
    IPictureSet Training { get; }

    /// <summary>Pictures that the score is taken over, none of which is learned from.</summary>
    IPictureSet HeldOut { get; }

    /// <summary>Side of the pictures in pixels.</summary>
    int Side { get; }

    /// <summary>Digest of what they are: a run is only gone on with on the same.</summary>
    string Digest { get; }

    /// <summary>One line for the model card.</summary>
    string Description { get; }
}
