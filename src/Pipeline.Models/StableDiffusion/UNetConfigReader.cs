using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Turns a diffusers <c>unet/config.json</c> into a <see cref="UNetConfig"/>; absent keys take the defaults of diffusers' class.</summary>
internal sealed class UNetConfigReader(ModelConfig config)
{
    private const int MostLevels = 12;
    private const int MostLayers = 64;

    // Keys that switch on a feature this model does not have, with the only value (besides null and absence) that leaves it off.
    private static readonly (string Key, string Off)[] Unsupported =
    [
        ("class_embed_type", "null"), ("num_class_embeds", "null"), ("encoder_hid_dim", "null"), ("encoder_hid_dim_type", "null"),
        ("cross_attention_norm", "null"), ("timestep_post_act", "null"), ("time_embedding_act_fn", "null"), ("class_embeddings_concat", "false"),
        ("only_cross_attention", "false"), ("mid_block_only_cross_attention", "false"), ("dual_cross_attention", "false"), ("resnet_skip_time_act", "false"),
        ("resnet_time_scale_shift", "default"), ("attention_type", "default"), ("time_embedding_type", "positional"),
        ("mid_block_type", "UNetMidBlock2DCrossAttn"),
    ];

    public UNetConfig Read()
    {
        RefuseUnsupported();
        UNetLevel[] levels = Levels();
        (int timeSize, int additionInput) = AddedConditions();
        bool[] upAttention = Attention("up_block_types", "CrossAttnUpBlock2D", "UpBlock2D", levels.Length);
        return new UNetConfig
        {
            InChannels = Positive("in_channels", 4),
            OutChannels = Positive("out_channels", 4),
            SampleSize = config.Find("sample_size") is { ValueKind: JsonValueKind.Number } ? config.Int("sample_size") : 0,
            Levels = levels,
            UpAttention = upAttention,
            UpTransformerLayers = UpTransformerLayers(levels),
            NormGroups = Positive("norm_num_groups", 32),
            NormEpsilon = config.Double("norm_eps", 1e-5),
            Activation = ActivationOf(config),
            FlipSinToCos = config.Bool("flip_sin_to_cos", true),
            FreqShift = config.Double("freq_shift", 0),
            TimeEmbeddingSize = Positive("time_embedding_dim", 4 * levels[0].Channels),
            TimeConditionSize = config.Int("time_cond_proj_dim", 0),
            DownsamplePadding = config.Int("downsample_padding", 1) is 0 or 1 ? config.Int("downsample_padding", 1) : throw config.Wrong("downsample_padding", "0 or 1"),
            MidScale = config.Double("mid_block_scale_factor", 1.0),
            CenterInput = config.Bool("center_input_sample", false),
            LinearProjection = config.Bool("use_linear_projection", false),
            UpcastAttention = config.Bool("upcast_attention", false),
            ConvInKernel = Odd("conv_in_kernel"),
            ConvOutKernel = Odd("conv_out_kernel"),
            AdditionTimeEmbedSize = timeSize,
            AdditionInputSize = additionInput,
        };
    }

    /// <summary>The activation of a diffusers configuration, checked.</summary>
    public static string ActivationOf(ModelConfig config) => config.String("act_fn", "silu") is var name && Activations.IsKnown(name)
        ? name
        : throw new ModelFormatException($"{config.Path}: act_fn = {name} is not implemented");

    private void RefuseUnsupported()
    {
        foreach ((string key, string off) in Unsupported)
        {
            if (config.Find(key) is { } value && !IsOff(value, off))
            {
                throw new ModelFormatException($"{config.Path}: {key} = {Shorten(value)} is not implemented (only {off} is): this is not a UNet of the Stable Diffusion 1, 2 or XL family");
            }
        }

        if (HasNoMiddle())
        {
            throw new ModelFormatException($"{config.Path}: mid_block_type = null is not implemented: a UNet without a middle block");
        }
    }

    // Absent means the usual middle block, null means none.
    private bool HasNoMiddle() => config.Entries.Any(e => e.Name == "mid_block_type" && e.Value.ValueKind == JsonValueKind.Null);

    private static bool IsOff(JsonElement value, string off) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() == off,
        JsonValueKind.Array => value.EnumerateArray().All(v => IsOff(v, off)),
        _ => value.GetRawText() == off,
    };

    private static string Shorten(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }

    private UNetLevel[] Levels()
    {
        int[] channels = config.Ints("block_out_channels", [320, 640, 1280, 1280]);
        if (channels.Length is 0 or > MostLevels || channels.Any(c => c is < 1 or > 65536))
        {
            throw config.Wrong("block_out_channels", $"a list of 1 to {MostLevels} positive channel counts");
        }

        bool[] attention = Attention("down_block_types", "CrossAttnDownBlock2D", "DownBlock2D", channels.Length);
        int[] layers = PerLevel("layers_per_block", 2, channels.Length, MostLayers);

        // attention_head_dim has always held the number of heads; newer files say so with a key of its own.
        int[] heads = PerLevel(config.Has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim", 8, channels.Length, 1024);
        int[] context = PerLevel("cross_attention_dim", 1280, channels.Length, 65536);
        int[] transformers = PerLevel("transformer_layers_per_block", 1, channels.Length, MostLayers);
        UNetLevel[] levels = [.. channels.Select((c, i) => new UNetLevel(c, layers[i], attention[i], heads[i], context[i], transformers[i]))];
        foreach (UNetLevel level in levels.Where((l, i) => l.Channels % l.Heads != 0 && (l.HasAttention || i == levels.Length - 1)))
        {
            throw config.Wrong("attention_head_dim", $"head counts that divide the channels: {level.Heads} does not divide {level.Channels}");
        }

        return levels;
    }

    private int[] UpTransformerLayers(UNetLevel[] levels) => config.Has("reverse_transformer_layers_per_block")
        ? PerLevel("reverse_transformer_layers_per_block", 1, levels.Length, MostLayers)
        : [.. levels.Reverse().Select(l => l.TransformerLayers)];

    private (int TimeSize, int InputSize) AddedConditions()
    {
        if (!config.Has("addition_embed_type"))
        {
            return (0, 0);
        }

        return config.String("addition_embed_type") == "text_time"
            ? (Positive("addition_time_embed_dim", null), Positive("projection_class_embeddings_input_dim", null))
            : throw new ModelFormatException($"{config.Path}: addition_embed_type = {config.String("addition_embed_type")} is not implemented (only text_time is)");
    }

    private bool[] Attention(string key, string with, string without, int levels)
    {
        string[] fallback = key[0] == 'd'
            ? ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"]
            : ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"];
        string[] types = config.Strings(key, fallback);
        if (types.Length != levels)
        {
            throw config.Wrong(key, $"a list of {levels} block types, as many as block_out_channels");
        }

        return [.. types.Select(t => t == with || (t == without ? false
            : throw new ModelFormatException($"{config.Path}: {key} names {t}, which is not implemented ({with} and {without} are)")))];
    }

    // One value for all levels, or a list with one for each.
    private int[] PerLevel(string key, int fallback, int levels, int largest)
    {
        int[] values = config.Ints(key, [fallback]);
        values = values.Length == 1 ? [.. Enumerable.Repeat(values[0], levels)] : values;
        return values.Length == levels && values.All(v => v >= 1 && v <= largest)
            ? values
            : throw config.Wrong(key, $"one number, or {levels} numbers, from 1 to {largest}");
    }

    private int Positive(string key, int? fallback) => config.Int(key, fallback) is var value and >= 1 and <= 1_000_000 ? value : throw config.Wrong(key, "a positive number");

    private int Odd(string key) => config.Int(key, 3) is var value && value is >= 1 and <= 15 && value % 2 == 1 ? value : throw config.Wrong(key, "an odd kernel size up to 15");
}
