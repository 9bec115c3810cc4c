using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Blip2;

/// <summary>Configuration of T5 (<c>model_type: t5</c>); defaults are the class defaults.</summary>
public sealed record T5Config
{
    /// <summary>Rows of the token table.</summary>
    public int Vocabulary { get; init; } = 32128;

    /// <summary>Width of the residual stream.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Width of a head; heads times this may differ from <see cref="Width"/>.</summary>
    public int HeadWidth { get; init; } = 64;

    /// <summary>Width inside the MLP.</summary>
    public int Intermediate { get; init; } = 2048;

    /// <summary>Encoder layers.</summary>
    public int Layers { get; init; } = 6;

    /// <summary>Decoder layers.</summary>
    public int DecoderLayers { get; init; } = 6;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Buckets of relative positions.</summary>
    public int Buckets { get; init; } = 32;

    /// <summary>Distance from which on all positions share the last bucket.</summary>
    public int MaxDistance { get; init; } = 128;

    /// <summary>Epsilon of every norm.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Activation of the MLP.</summary>
    public string Activation { get; init; } = "relu";

    /// <summary>Whether the MLP is gated (two input matrices).</summary>
    public bool Gated { get; init; }

    /// <summary>Whether the head is the token table; the decoder's output is then scaled by width^−½.</summary>
    public bool TiedHead { get; init; } = true;

    /// <summary>First token of the encoder's prompt where none is given.</summary>
    public int StartToken { get; init; } = 1;

    /// <summary>What the decoder starts with.</summary>
    public int DecoderStartToken { get; init; }

    /// <summary>Reads a <c>text_config</c>.</summary>
    /// <exception cref="ModelFormatException">Impossible sizes.</exception>
    public static T5Config From(ModelConfig config)
    {
        var d = new T5Config();
        var layers = config.Int("num_layers", d.Layers);
        // "gated-gelu" stands for the tanh form, but an explicit dense_act_fn wins: the flan-T5 of BLIP-2 says "gelu", the exact form.
        var feedForward = config.String("feed_forward_proj", d.Activation);
        var implied = feedForward == "gated-gelu" ? "gelu_new" : feedForward.Split('-')[^1];
        var read = new T5Config
        {
            Vocabulary = config.Int("vocab_size", d.Vocabulary),
            Width = config.Int("d_model", d.Width),
            HeadWidth = config.Int("d_kv", d.HeadWidth),
            Intermediate = config.Int("d_ff", d.Intermediate),
            Layers = layers,
            DecoderLayers = config.Int("num_decoder_layers", layers),
            Heads = config.Int("num_heads", d.Heads),
            Buckets = config.Int("relative_attention_num_buckets", d.Buckets),
            MaxDistance = config.Int("relative_attention_max_distance", d.MaxDistance),
            Epsilon = config.Double("layer_norm_epsilon", d.Epsilon),
            Activation = config.String("dense_act_fn", implied),
            Gated = config.Bool("is_gated_act", feedForward.StartsWith("gated-", StringComparison.Ordinal)),
            TiedHead = config.Bool("tie_word_embeddings", d.TiedHead),
            StartToken = config.Int("bos_token_id", d.StartToken),
            DecoderStartToken = config.Int("decoder_start_token_id", d.DecoderStartToken),
        };
        ModelLimits.Require(read is { Vocabulary: > 0, Width: > 0, HeadWidth: > 0, Intermediate: > 0, Heads: > 0 }, config,
            "vocab_size, d_model, d_kv, d_ff and num_heads must be positive");
        ModelLimits.Require(read.Layers is > 0 and <= ModelLimits.MaxLayers && read.DecoderLayers is > 0 and <= ModelLimits.MaxLayers, config,
            $"num_layers {read.Layers} or num_decoder_layers {read.DecoderLayers} is out of range");
        ModelLimits.Require(read.Buckets >= 4 && read.Buckets % 4 == 0 && read.MaxDistance > read.Buckets / 2, config,
            $"relative_attention_num_buckets {read.Buckets} and relative_attention_max_distance {read.MaxDistance} do not fit together");
        return read;
    }
}
