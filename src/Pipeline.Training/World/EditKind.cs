namespace Pipeline.Training.World;

/// <summary>What a ground-truth edit changes.</summary>
public enum EditKind
{
    /// <summary>Sky, grade, stimulus and mouths; the wanted emotion is named, prompts and region are left to the system under test.</summary>
    Emotion,

    /// <summary>The kind of one object, by prompts.</summary>
    Object,

    /// <summary>The colour of one object, by prompts.</summary>
    Colour,

    /// <summary>The pattern of one object, by prompts.</summary>
    Surface,
}
