using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Clip;

/// <summary>Configuration of a whole CLIP (<c>model_type: clip</c>).</summary>
/// <param name="Text">Text tower.</param>
/// <param name="Vision">Image tower.</param>
/// <param name="Projection">Width of the joint embedding; it overrides the towers' own values.</param>
public sealed record ClipConfig(ClipTextConfig Text, ClipVisionConfig Vision, int Projection)
{
    /// <summary>Reads a <c>config.json</c> with nested tower configurations; a missing part means its class defaults.</summary>
    /// <exception cref="ModelFormatException">The file contradicts itself.</exception>
    public static ClipConfig From(ModelConfig config)
    {
        var projection = config.Int("projection_dim", 512);
        ModelLimits.Require(projection > 0, config, $"projection_dim {projection} must be positive");
        return new ClipConfig(
            config.Has("text_config") ? ClipTextConfig.From(config.Sub("text_config")) : new ClipTextConfig(),
            config.Has("vision_config") ? ClipVisionConfig.From(config.Sub("vision_config")) : new ClipVisionConfig(),
            projection);
    }
}
