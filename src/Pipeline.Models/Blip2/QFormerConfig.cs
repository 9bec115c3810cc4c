using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Blip2;

/// <summary>Configuration of the Q-Former (<c>model_type: blip_2_qformer</c>); defaults are the class defaults.</summary>
public sealed record QFormerConfig
{
    /// <summary>Width of the query vectors.</summary>
    public int Hidden { get; init; } = 768;

    /// <summary>Number of layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Width inside the MLP.</summary>
    public int Intermediate { get; init; } = 3072;

    /// <summary>Activation of the MLP.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Epsilon of every layer norm.</summary>
    public double Epsilon { get; init; } = 1e-12;

    /// <summary>Layers 0, f, 2f, … look at the image.</summary>
    public int CrossAttentionFrequency { get; init; } = 2;

    /// <summary>Width of the image tokens.</summary>
    public int ImageWidth { get; init; } = 1408;

    /// <summary>Reads a <c>qformer_config</c>; the image width is the tower's, whatever the part says.</summary>
    /// <exception cref="ModelFormatException">An option that is not computed here, or impossible sizes.</exception>
    public static QFormerConfig From(ModelConfig config, int imageWidth)
    {
        if (config.String("position_embedding_type", "absolute") is not "absolute" and var kind)
        {
            throw ModelKinds.Unsupported(config, "position_embedding_type", kind);
        }

        if (config.Bool("use_qformer_text_input", false))
        {
            throw ModelKinds.Unsupported(config, "use_qformer_text_input", "true");
        }

        var d = new QFormerConfig();
        var read = new QFormerConfig
        {
            Hidden = config.Int("hidden_size", d.Hidden),
            Layers = config.Int("num_hidden_layers", d.Layers),
            Heads = config.Int("num_attention_heads", d.Heads),
            Intermediate = config.Int("intermediate_size", d.Intermediate),
            Activation = config.String("hidden_act", d.Activation),
            Epsilon = config.Double("layer_norm_eps", d.Epsilon),
            CrossAttentionFrequency = config.Int("cross_attention_frequency", d.CrossAttentionFrequency),
            ImageWidth = imageWidth,
        };
        ModelLimits.Require(read.Hidden > 0 && read.Heads > 0 && read.Hidden % read.Heads == 0, config,
            $"hidden_size {read.Hidden} is not a positive multiple of num_attention_heads {read.Heads}");
        ModelLimits.Require(read.Intermediate > 0 && read.CrossAttentionFrequency > 0 && read.Layers is > 0 and <= ModelLimits.MaxLayers, config,
            "intermediate_size, cross_attention_frequency or num_hidden_layers is out of range");
        return read;
    }
}
