using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Layers;
using Pipeline.Training.Language;
using Pipeline.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>A trained CLIP whose text tower gets more positions (<see cref="LongPositions"/>), and the folder that it becomes. The first ones are kept: they give no gradient.</summary>
internal sealed class StretchedClip
{
    /// <summary>Positions of the published CLIPs.</summary>
    private const int Published = 77;

    /// <summary>What MoodifyCLIP makes of each that is not kept: 248 in all.</summary>
    private const int PublishedFactor = 4;

    private const string ConfigFile = "config.json", Table = "text_model.embeddings.position_embedding.weight";
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    private readonly string _folder;
    private readonly ClipConfig _base;
    private readonly int _keep, _factor;

    /// <summary>Reads the base model's configuration.</summary>
    /// <param name="folder">The base model's.</param>
    /// <param name="options">How many positions.</param>
    /// <exception cref="ModelFormatException">The folder holds no CLIP.</exception>
    /// <exception cref="TrainingException">The positions cannot be had from the base's.</exception>
    public StretchedClip(string folder, MoodifyClipOptions options)
    {
        _folder = folder;
        ModelConfig config = ModelConfig.Read(Path.Combine(folder, ConfigFile));
        _base = config.String("model_type", "") == "clip" ? ClipConfig.From(config) : throw new TrainingException($"{config.Path}: model_type must be clip, with both towers");
        (_keep, int present) = (options.Keep, _base.Text.Positions);
        int wanted = options.Positions ?? (present == Published && options.Keep < present ? options.Keep + (PublishedFactor * (present - options.Keep)) : present);
        (_factor, int rest) = _keep < present - 1 ? Math.DivRem(wanted - _keep, present - _keep) : (0, 0);
        if (_factor < 1 || rest != 0)
        {
            throw new TrainingException(
                $"task: {present} positions of {folder}, of which {_keep} are kept, cannot become {wanted}: positions must be {_keep} + a whole multiple of {present - _keep}, and keep below {present - 1}");
        }

        Config = _base with { Text = _base.Text with { Positions = wanted, FrozenPositions = _keep } };
    }

    /// <summary>Of the network.</summary>
    public ClipConfig Config { get; }

    /// <summary>The network with the base's weights, trainable; the caller's.</summary>
    public ClipModel Load(Device device)
    {
        using CheckpointWeights weights = CheckpointDirectory.Open(_folder, CheckpointDirectory.Transformers, new WeightOptions(device, Trainable: true));
        return new ClipModel(new GraftedWeights(weights, (name, _) => name == Table ? Stretched(weights) : null), Config);
    }

    /// <summary>The table of positions of a network [positions, width]; stays the network's.</summary>
    public static TorchSharp.Modules.Parameter PositionsOf(ClipModel network) => network.named_parameters().Single(p => p.name == Table).parameter;

    /// <summary>Writes the base's configuration with the new number of positions. A text is padded with token 0, as MoodifyCLIP does it.</summary>
    public void WriteConfig(string folder)
    {
        JsonObject whole = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, ConfigFile)))!.AsObject();
        JsonObject text = whole["text_config"] as JsonObject ?? [];
        (text["max_position_embeddings"], text["pad_token_id"]) = (Config.Text.Positions, 0);
        whole["text_config"] = text.Parent is null ? text : text.DeepClone();
        File.WriteAllText(Path.Combine(folder, ConfigFile), whole.ToJsonString(s_json) + "\n");
    }

    private Tensor Stretched(CheckpointWeights weights)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor positions = weights.Take(Table, [_base.Text.Positions, _base.Text.Tower.Hidden], Init.Zeros);
        return (_factor == 1 ? positions : LongPositions.Stretch(positions, _keep, _factor)).MoveToOuterDisposeScope();
    }
}
