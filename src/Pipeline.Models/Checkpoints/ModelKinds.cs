namespace Pipeline.Models.Checkpoints;

/// <summary>Dispatch on <c>model_type</c>: what to say when a directory holds another model, or an option that is not computed here.</summary>
internal static class ModelKinds
{
    /// <summary>The error for a directory of the wrong kind.</summary>
    public static ModelFormatException Unexpected(ModelConfig config, string found, string expected) => new(
        $"{config.Path}: model_type is '{found}', expected {expected}. Point the option at a directory of that model.");

    /// <summary>The error for a published option that this implementation does not compute.</summary>
    public static ModelFormatException Unsupported(ModelConfig config, string key, string value) => new(
        $"{config.Path}: {key} = {value} is not supported. Use a checkpoint without this option.");
}
