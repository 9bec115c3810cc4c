namespace Pipeline.Methods.Prompting;

/// <summary>What the picture shows, as far as the question is concerned.</summary>
public enum SubjectMode
{
    /// <summary>Objects or a scene: the model chooses the stimuli.</summary>
    General,

    /// <summary>A face: the stimuli are its three expressive parts, changed in place.</summary>
    Face,
}
