using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.LlavaNext;

/// <summary>Configuration of the decoder: Llama (<c>model_type: llama</c>) or Mistral (<c>mistral</c>), which differ in defaults only.</summary>
public sealed record LlamaConfig
{
    /// <summary><c>llama</c> or <c>mistral</c>; chooses the chat template.</summary>
    public string Kind { get; init; } = "llama";

    /// <summary>Rows of the token table; may exceed the tokenizer's size.</summary>
    public int Vocabulary { get; init; } = 32000;

    /// <summary>Width of the residual stream.</summary>
    public int Hidden { get; init; } = 4096;

    /// <summary>Width inside the gated MLP.</summary>
    public int Intermediate { get; init; } = 11008;

    /// <summary>Number of layers.</summary>
    public int Layers { get; init; } = 32;

    /// <summary>Query heads.</summary>
    public int Heads { get; init; } = 32;

    /// <summary>Key/value heads; each serves <c>Heads / KeyValueHeads</c> neighbouring query heads.</summary>
    public int KeyValueHeads { get; init; } = 32;

    /// <summary>Width of a head.</summary>
    public int HeadWidth { get; init; } = 128;

    /// <summary>Epsilon of every RMS norm.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RotaryBase { get; init; } = 10000.0;

    /// <summary>A query sees keys nearer than this; null sees all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Activation of the gate.</summary>
    public string Activation { get; init; } = "silu";

    /// <summary>Whether the head is the token table.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Reads a <c>text_config</c>; keys that it leaves out have the defaults of its <c>model_type</c>.</summary>
    /// <exception cref="ModelFormatException">Another language model, an option that is not computed here, or impossible sizes.</exception>
    public static LlamaConfig From(ModelConfig config)
    {
        var d = Defaults(config, config.String("model_type", "llama"));
        Refuse(config);
        var hidden = config.Int("hidden_size", d.Hidden);
        var heads = config.Int("num_attention_heads", d.Heads);
        ModelLimits.Require(hidden > 0 && heads > 0 && (config.Has("head_dim") || hidden % heads == 0), config,
            $"hidden_size {hidden} is not a positive multiple of num_attention_heads {heads}, and there is no head_dim");
        var read = d with
        {
            Vocabulary = config.Int("vocab_size", d.Vocabulary),
            Hidden = hidden,
            Intermediate = config.Int("intermediate_size", d.Intermediate),
            Layers = config.Int("num_hidden_layers", d.Layers),
            Heads = heads,
            KeyValueHeads = config.Int("num_key_value_heads", d.Kind == "mistral" ? d.KeyValueHeads : heads),
            HeadWidth = config.Int("head_dim", hidden / heads),
            Epsilon = config.Double("rms_norm_eps", d.Epsilon),
            RotaryBase = config.Double("rope_theta", d.RotaryBase),
            SlidingWindow = Window(config, d.SlidingWindow),
            Activation = config.String("hidden_act", d.Activation),
            TiedHead = config.Bool("tie_word_embeddings", false),
        };
        Check(config, read);
        return read;
    }

    /// <summary>The class defaults of a kind.</summary>
    public static LlamaConfig DefaultsOf(string kind) => kind == "mistral"
        ? new LlamaConfig { Kind = kind, Intermediate = 14336, KeyValueHeads = 8, SlidingWindow = 4096 }
        : new LlamaConfig { Kind = kind };

    private static LlamaConfig Defaults(ModelConfig config, string kind) => kind is "llama" or "mistral"
        ? DefaultsOf(kind)
        : throw ModelKinds.Unexpected(config, kind, "llama, mistral");

    private static int? Window(ModelConfig config, int? whenAbsent)
    {
        if (!config.Has("sliding_window"))
        {
            // Written as null it means "no window", which for Mistral is not the same as leaving it out.
            return config.Entries.Any(entry => entry.Name == "sliding_window") ? null : whenAbsent;
        }

        var window = config.Int("sliding_window", 0);
        ModelLimits.Require(window > 0, config, $"sliding_window {window} must be positive or null");
        return window;
    }

    private static void Refuse(ModelConfig config)
    {
        if (config.Has("rope_scaling"))
        {
            throw ModelKinds.Unsupported(config, "rope_scaling", "an object");
        }

        foreach (var key in new[] { "attention_bias", "mlp_bias" })
        {
            if (config.Bool(key, false))
            {
                throw ModelKinds.Unsupported(config, key, "true");
            }
        }
    }

    private static void Check(ModelConfig config, LlamaConfig c)
    {
        ModelLimits.Require(c.Vocabulary > 0 && c.Intermediate > 0 && c.Layers is > 0 and <= ModelLimits.MaxLayers, config,
            $"vocab_size {c.Vocabulary}, intermediate_size {c.Intermediate} or num_hidden_layers {c.Layers} is out of range");
        ModelLimits.Require(c.KeyValueHeads > 0 && c.Heads % c.KeyValueHeads == 0, config,
            $"num_attention_heads {c.Heads} is not a multiple of num_key_value_heads {c.KeyValueHeads}");
        ModelLimits.Require(c.HeadWidth > 0 && c.HeadWidth % 2 == 0, config, $"head_dim {c.HeadWidth} must be positive and even");
        ModelLimits.Require(c.RotaryBase > 0, config, $"rope_theta {c.RotaryBase} must be positive");
    }
}
