using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Blip2;

/// <summary>Configuration of BLIP-2 (<c>model_type: blip-2</c>).</summary>
public sealed record Blip2Config
{
    /// <summary>The image tower.</summary>
    public Blip2VisionConfig Vision { get; init; } = new();

    /// <summary>The Q-Former.</summary>
    public QFormerConfig QFormer { get; init; } = new();

    /// <summary>Number of query vectors: what the language model sees of a picture.</summary>
    public int Queries { get; init; } = 32;

    /// <summary>The language model, if it is OPT.</summary>
    public OptConfig? Opt { get; init; }

    /// <summary>The language model, if it is T5.</summary>
    public T5Config? T5 { get; init; }

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">Another model, an option that is not computed here, or impossible values.</exception>
    public static Blip2Config From(ModelConfig config)
    {
        if (config.String("model_type", "") is not "blip-2" and var other)
        {
            throw ModelKinds.Unexpected(config, other, "blip-2");
        }

        var text = config.Sub("text_config");
        var kind = text.String("model_type", "opt");
        if (kind is not ("opt" or "t5"))
        {
            throw ModelKinds.Unexpected(text, kind, "opt, t5");
        }

        var vision = Blip2VisionConfig.From(config.Sub("vision_config"));
        var queries = config.Int("num_query_tokens", 32);
        ModelLimits.Require(queries is > 0 and <= 4096, config, $"num_query_tokens {queries} is out of range");
        return new Blip2Config
        {
            Vision = vision,
            QFormer = QFormerConfig.From(config.Sub("qformer_config"), vision.Tower.Hidden),
            Queries = queries,
            Opt = kind == "opt" ? OptConfig.From(text) : null,
            T5 = kind == "t5" ? T5Config.From(text) : null,
        };
    }
}
