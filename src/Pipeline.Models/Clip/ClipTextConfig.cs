using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Clip;

/// <summary>Configuration of the CLIP text tower (<c>model_type: clip_text_model</c>); defaults are the class defaults that nested files leave out.</summary>
public sealed record ClipTextConfig
{
    /// <summary>The common sizes.</summary>
    public ClipTowerConfig Tower { get; init; } = new(512, 2048, 12, 8);

    /// <summary>Rows of the token table.</summary>
    public int Vocabulary { get; init; } = 49408;

    /// <summary>Longest sequence: rows of the position table.</summary>
    public int Positions { get; init; } = 77;

    /// <summary>Leading rows of the position table that give no gradient: what a stretched tower keeps of its shorter one. No part of files.</summary>
    public int FrozenPositions { get; init; }

    /// <summary>Width of the joint embedding.</summary>
    public int Projection { get; init; } = 512;

    /// <summary>End token. The historical value 2 selects the rule "position of the largest id" (<see cref="PoolsAtLargestId"/>).</summary>
    public int EndToken { get; init; } = 49407;

    /// <summary>
    /// Whether the pooled vector is taken at the largest token id of a row. Configurations published before mid-2023, OpenAI's included, say
    /// <c>eos_token_id: 2</c> although their tokenizer's end token is the largest id; all others mean the first occurrence of the end token.
    /// </summary>
    public bool PoolsAtLargestId => EndToken == 2;

    /// <summary>The text tower of a folder: of one alone, or of a whole CLIP, as <see cref="ClipTextModel.Load"/> accepts both.</summary>
    /// <exception cref="ModelFormatException">The folder holds something else.</exception>
    public static ClipTextConfig Read(string directory) => ClipTextModel.TextPart(ModelConfig.Read(Path.Combine(directory, "config.json")));

    /// <summary>Reads a <c>config.json</c> of a text tower, or the <c>text_config</c> part of one.</summary>
    /// <exception cref="ModelFormatException">The file contradicts itself.</exception>
    public static ClipTextConfig From(ModelConfig config)
    {
        var defaults = new ClipTextConfig();
        var read = new ClipTextConfig
        {
            Tower = ClipTowerConfig.From(config, defaults.Tower),
            Vocabulary = config.Int("vocab_size", defaults.Vocabulary),
            Positions = config.Int("max_position_embeddings", defaults.Positions),
            Projection = config.Int("projection_dim", defaults.Projection),
            EndToken = config.Int("eos_token_id", defaults.EndToken),
        };
        ModelLimits.Require(read.Vocabulary > 0 && read.Positions > 0 && read.Projection > 0, config,
            "vocab_size, max_position_embeddings and projection_dim must be positive");
        return read;
    }
}
