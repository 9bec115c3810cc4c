using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Blip2;

/// <summary>Configuration of OPT (<c>model_type: opt</c>); defaults are the class defaults.</summary>
public sealed record OptConfig
{
    /// <summary>Rows of the token table, which is also the head.</summary>
    public int Vocabulary { get; init; } = 50272;

    /// <summary>Width of the residual stream.</summary>
    public int Hidden { get; init; } = 768;

    /// <summary>Number of layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Width inside the MLP.</summary>
    public int Intermediate { get; init; } = 3072;

    /// <summary>Longest sequence.</summary>
    public int Positions { get; init; } = 2048;

    /// <summary>Activation of the MLP.</summary>
    public string Activation { get; init; } = "relu";

    /// <summary>First token of a text.</summary>
    public int StartToken { get; init; } = 2;

    /// <summary>Reads a <c>text_config</c>.</summary>
    /// <exception cref="ModelFormatException">An option that is not computed here, or impossible sizes.</exception>
    public static OptConfig From(ModelConfig config)
    {
        foreach (var key in new[] { "do_layer_norm_before", "enable_bias", "layer_norm_elementwise_affine" })
        {
            if (!config.Bool(key, true))
            {
                throw ModelKinds.Unsupported(config, key, "false");
            }
        }

        if (config.Bool("_remove_final_layer_norm", false))
        {
            throw ModelKinds.Unsupported(config, "_remove_final_layer_norm", "true");
        }

        var d = new OptConfig();
        var read = new OptConfig
        {
            Vocabulary = config.Int("vocab_size", d.Vocabulary),
            Hidden = config.Int("hidden_size", d.Hidden),
            Layers = config.Int("num_hidden_layers", d.Layers),
            Heads = config.Int("num_attention_heads", d.Heads),
            Intermediate = config.Int("ffn_dim", d.Intermediate),
            Positions = config.Int("max_position_embeddings", d.Positions),
            Activation = config.String("activation_function", d.Activation),
            StartToken = config.Int("bos_token_id", d.StartToken),
        };
        if (config.Int("word_embed_proj_dim", read.Hidden) is var width && width != read.Hidden)
        {
            throw ModelKinds.Unsupported(config, "word_embed_proj_dim", width.ToString());
        }

        ModelLimits.Require(read.Hidden > 0 && read.Heads > 0 && read.Hidden % read.Heads == 0, config,
            $"hidden_size {read.Hidden} is not a positive multiple of num_attention_heads {read.Heads}");
        ModelLimits.Require(read.Vocabulary > 0 && read.Intermediate > 0 && read.Positions > 0 && read.Layers is > 0 and <= ModelLimits.MaxLayers, config,
            "vocab_size, ffn_dim, max_position_embeddings or num_hidden_layers is out of range");
        return read;
    }
}
