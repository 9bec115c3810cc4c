using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;

namespace Pipeline.Models.LlavaNext;

/// <summary>Configuration of LLaVA-NeXT (<c>model_type: llava_next</c>).</summary>
public sealed record LlavaNextConfig
{
    /// <summary>The image tower.</summary>
    public ClipVisionConfig Vision { get; init; } = ClipVisionConfig.LargePatch14At336;

    /// <summary>The decoder.</summary>
    public LlamaConfig Text { get; init; } = new();

    /// <summary>Token that the picture takes the place of.</summary>
    public int ImageToken { get; init; } = 32000;

    /// <summary>Activation between the projector's matrices.</summary>
    public string ProjectorActivation { get; init; } = "gelu";

    /// <summary>Which hidden state of the image tower is used, negative from the end.</summary>
    public int FeatureLayer { get; init; } = -2;

    /// <summary>Tile resolutions (height, width).</summary>
    public IReadOnlyList<(int Height, int Width)> Resolutions { get; init; } = [(336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008)];

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">Another model, an option that is not computed here, or impossible values.</exception>
    public static LlavaNextConfig From(ModelConfig config)
    {
        if (config.String("model_type", "") is not "llava_next" and var other)
        {
            throw ModelKinds.Unexpected(config, other, "llava_next");
        }

        if (config.String("vision_feature_select_strategy", "default") is not "default" and var strategy)
        {
            throw ModelKinds.Unsupported(config, "vision_feature_select_strategy", strategy);
        }

        if (!config.Bool("use_image_newline_parameter", true))
        {
            throw ModelKinds.Unsupported(config, "use_image_newline_parameter", "false");
        }

        var d = new LlavaNextConfig();
        var tokenKey = config.Has("image_token_id") ? "image_token_id" : "image_token_index";
        var read = new LlavaNextConfig
        {
            Vision = config.Has("vision_config") ? VisionOf(config.Sub("vision_config")) : d.Vision,
            Text = TextOf(config),
            ImageToken = config.Int(tokenKey, d.ImageToken),
            ProjectorActivation = config.String("projector_hidden_act", d.ProjectorActivation),
            FeatureLayer = config.Int("vision_feature_layer", d.FeatureLayer),
            Resolutions = config.Has("image_grid_pinpoints") ? Pinpoints(config) : d.Resolutions,
        };
        var side = read.Vision.ImageSize;
        ModelLimits.Require(read.Resolutions.All(r => r.Height >= side && r.Width >= side && r.Height % side == 0 && r.Width % side == 0), config,
            $"image_grid_pinpoints must be multiples of the tower's image_size {side}");
        ModelLimits.Require(read.ImageToken >= 0, config, $"{tokenKey} {read.ImageToken} is negative");
        var layers = read.Vision.Tower.Layers;
        ModelLimits.Require(read.FeatureLayer >= -layers - 1 && read.FeatureLayer <= layers, config,
            $"vision_feature_layer {read.FeatureLayer} does not exist in a tower of {layers} layers");
        return read;
    }

    private static ClipVisionConfig VisionOf(ModelConfig config) => config.String("model_type", "clip_vision_model") is "clip_vision_model" and var _
        ? ClipVisionConfig.From(config)
        : throw ModelKinds.Unexpected(config, config.String("model_type", ""), "clip_vision_model");

    // Newer files say tie_word_embeddings at the top only; it belongs to the decoder.
    private static LlamaConfig TextOf(ModelConfig config)
    {
        var text = config.Has("text_config") ? LlamaConfig.From(config.Sub("text_config")) : new LlamaConfig();
        return text with { TiedHead = text.TiedHead || config.Bool("tie_word_embeddings", false) };
    }

    private static (int Height, int Width)[] Pinpoints(ModelConfig config)
    {
        const int MaxCandidates = 256;
        var value = config.Find("image_grid_pinpoints") ?? default;
        var rows = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Take(MaxCandidates + 1).Select(Sizes).ToArray() : [];
        ModelLimits.Require(rows.Length is > 0 and <= MaxCandidates && rows.All(row => row is [> 0, > 0]), config,
            $"image_grid_pinpoints must be a list of 1 to {MaxCandidates} pairs [height, width]");
        return [.. rows.Select(row => (row[0], row[1]))];
    }

    private static int[] Sizes(JsonElement row) => row.ValueKind == JsonValueKind.Array
        ? [.. row.EnumerateArray().Take(3).Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out var size) ? size : 0)]
        : [];
}
