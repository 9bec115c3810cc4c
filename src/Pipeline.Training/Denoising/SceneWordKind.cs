namespace Pipeline.Training.Denoising;

/// <summary>What a word of a caption names.</summary>
public enum SceneWordKind
{
    /// <summary>An object: "dog".</summary>
    Object,

    /// <summary>The colour of an object.</summary>
    Colour,

    /// <summary>The pattern of an object.</summary>
    Surface,

    /// <summary>What evokes the emotion: "rain".</summary>
    Stimulus,
}
