using System.Text;
using Pipeline.Imaging.Tensors;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using Pipeline.Training.Data;
using Pipeline.Training.Judging;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>
/// The transformer behind the structure metrics, from labels: the class token says what the picture shows (<see cref="WorldLabels"/>), every patch which object or stimulus it belongs to, so that
/// keys of one object resemble each other. Loss: binary cross-entropy of both. In place of DINO's self-distillation, which on this world learns places and no objects (see docs/training.md).
/// </summary>
public sealed class LabelledVitTask : ITrainingTask
{
    private const double PatchWeight = 4;

    private readonly TrainingConfig _config;
    private readonly VitConfig _model;
    private readonly LabelledNetwork _network;

    /// <summary>Start weights come from the configuration's seed.</summary>
    /// <exception cref="ModelFormatException">The model section is not a vision transformer.</exception>
    /// <exception cref="TrainingException">Its patches do not divide pictures of the world.</exception>
    public LabelledVitTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Data.Manifest is not null)
        {
            throw new TrainingException("task.objective is labels, which only scenes of the world have: with data.manifest it must be distillation");
        }

        _config = config;
        _model = VitConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        if (Canvas.Side % _model.PatchSize != 0)
        {
            throw new TrainingException($"model.patch_size must divide {Canvas.Side}");
        }

        _network = new LabelledNetwork(new RandomWeights(config.Seed, config.Device, trainable: true), _model);
    }

    /// <inheritdoc />
    public string Stage => "labels";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public string ScoreName => "kNN accuracy (%)";

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        RenderedScene[] pictures = [.. samples.Select(s => SceneRenderer.Render(Scene.Sample(_config.Data.FirstScene + (ulong)s.Number)))];
        return random => Loss(pictures, random);
    }

    private LossTerms Loss(RenderedScene[] pictures, Generator random)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = WorldPictures.Stack(pictures, PixelRange.SignedUnit, _config.Device);               // [B, 3, 64, 64]
        (Tensor picture, Tensor patches) = _network.Forward(Degradation.Apply(pixels, random));
        Tensor labels = tensor(WorldLabels.Targets([.. pictures.Select(p => p.Scene)]), picture.shape).to(_config.Device);
        Tensor shares = tensor(PatchLabels.Shares(pictures, _model.PatchSize), patches.shape).to(_config.Device).clamp(0, 1);
        Tensor whole = nn.functional.binary_cross_entropy_with_logits(picture, labels);
        Tensor parts = nn.functional.binary_cross_entropy_with_logits(patches, shares);
        Tensor total = whole + (parts * PatchWeight);
        return new LossTerms(total.MoveToOuterDisposeScope(), [("labels", LossTerms.Part(whole)), ("patches", LossTerms.Part(parts))]);
    }

    /// <summary>Nearest-neighbour accuracy of the class tokens for kind and place, mean of both, in per cent.</summary>
    public double Score()
    {
        _network.eval();
        return FeatureQuality.Neighbours(_network.vit, _config).Average(f => f.Value);
    }

    /// <summary>The accuracies for each factor, and how far keys set pictures apart.</summary>
    public IReadOnlyList<(string Name, double Value)> Details() => [.. FeatureQuality.Neighbours(_network.vit, _config), .. FeatureQuality.Structure(_network.vit, _config)];

    /// <summary>Writes the transformer without its heads: configuration, weights and image settings, as <see cref="ViTModel.Load"/> reads them.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata) => VitExport.Write(folder, _network.vit, _config, Canvas.Side, metadata);

    /// <inheritdoc />
    public void Dispose() => _network.Dispose();
}
