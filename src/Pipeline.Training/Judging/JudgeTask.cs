using System.Text;
using Pipeline.Imaging.Tensors;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Classification;
using Pipeline.Models.Layers;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Training.Judging;

/// <summary>
/// The judge of edits: a vision transformer that says of a picture all of <see cref="WorldLabels"/>, trained on labels alone and apart from CLIP, so that what guides an edit does not also
/// judge it. Loss: binary cross-entropy, every group of labels with the same weight. Pictures are degraded as edits are (<see cref="Degradation"/>).
/// </summary>
public sealed class JudgeTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "judge";

    private const int ScoreBatch = 32;
    private const ulong DegradationSeed = 17;

    private static readonly Range[] s_groups =
    [
        WorldLabels.Moods, WorldLabels.Stimuli, WorldLabels.Places, WorldLabels.Kinds, WorldLabels.Colours, WorldLabels.ColouredKinds, WorldLabels.Surfaces,
    ];

    private readonly TrainingConfig _config;
    private readonly ViTForImageClassification _network;

    /// <summary>Start weights come from the configuration's seed.</summary>
    /// <exception cref="ModelFormatException">The model section is not an image classifier.</exception>
    /// <exception cref="TrainingException">It has other labels than the world.</exception>
    public JudgeTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.RequireScenes();
        _config = config;
        VitClassifierConfig model = VitClassifierConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        if (!model.MultiLabel || !model.Labels.SequenceEqual(WorldLabels.All, StringComparer.Ordinal))
        {
            throw new TrainingException("model: a judge has problem_type multi_label_classification and the world's labels in id2label: take them from the built-in recipe's run.json");
        }

        _network = new ViTForImageClassification(new RandomWeights(config.Seed, config.Device, trainable: true), model);
    }

    /// <inheritdoc />
    public string Stage => "labels";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public string ScoreName => "mean accuracy (%)";

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        RenderedScene[] pictures = [.. samples.Select(s => SceneRenderer.Render(Scene.Sample(_config.Data.FirstScene + (ulong)s.Number)))];
        return random => Loss(pictures, random);
    }

    private LossTerms Loss(RenderedScene[] pictures, Generator random)
    {
        using DisposeScope scope = NewDisposeScope();
        Scene[] scenes = [.. pictures.Select(p => p.Scene)];
        Tensor pixels = WorldPictures.Stack(pictures, PixelRange.SignedUnit, _config.Device);                       // [B, 3, 64, 64]
        Tensor logits = _network.Forward(Degradation.Apply(pixels, random));                                        // [B, labels]
        Tensor targets = tensor(WorldLabels.Targets(scenes), [scenes.Length, WorldLabels.All.Count]).to(_config.Device);
        Tensor each = nn.functional.binary_cross_entropy_with_logits(logits, targets, null, nn.Reduction.None);     // [B, labels]
        Tensor[] groups = [.. s_groups.Select(g => Part(each, g).sum(1).mean())];
        Tensor objects = groups[3] + groups[4] + groups[5] + groups[6], surroundings = groups[0] + groups[1] + groups[2];
        Tensor total = (objects + surroundings) * (1.0 / s_groups.Length);
        return new LossTerms(total.MoveToOuterDisposeScope(), [("objects", LossTerms.Part(objects)), ("surroundings", LossTerms.Part(surroundings))]);
    }

    /// <summary>Mean of the accuracies of <see cref="JudgeAccuracy"/> over held-out pictures, in per cent.</summary>
    public double Score() => Measure(degraded: false).Average(f => f.Value);

    /// <summary>The single accuracies, on clean and on degraded held-out pictures.</summary>
    public IReadOnlyList<(string Name, double Value)> Details() =>
        [.. Measure(degraded: false), .. Measure(degraded: true).Select(f => ("degraded: " + f.Name, f.Value))];

    /// <summary>Writes a folder that <see cref="ImageClassifier"/> loads: configuration, weights and image settings.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), _network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        File.WriteAllText(Path.Combine(folder, "config.json"), _config.Model.GetRawText());
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), PictureProcessor.Vit(Canvas.Side));
    }

    /// <inheritdoc />
    public void Dispose() => _network.Dispose();

    private Tensor Pixels(IReadOnlyList<Scene> scenes) => WorldPictures.Render(scenes, PixelRange.SignedUnit, _config.Device);

    private static Tensor Part(Tensor values, Range group) => values.narrow(1, group.Start.Value, group.End.Value - group.Start.Value);

    private IReadOnlyList<(string Name, double Value)> Measure(bool degraded)
    {
        _network.eval();
        using IDisposable recording = no_grad();
        using Generator random = new(DegradationSeed);
        Scene[] scenes = [.. Enumerable.Range(0, _config.Data.HeldOut).Select(i => Scene.Sample(_config.Data.FirstHeldOut + (ulong)i))];
        List<float[]> scores = [];
        foreach (Scene[] batch in scenes.Chunk(ScoreBatch))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor pixels = Pixels(batch);
            using TensorAccessor<float> logits = _network.Forward(degraded ? Degradation.Apply(pixels, random) : pixels).cpu().data<float>();
            scores.AddRange(logits.ToArray().Chunk(WorldLabels.All.Count));
        }

        return JudgeAccuracy.Measure(scenes, scores);
    }
}
