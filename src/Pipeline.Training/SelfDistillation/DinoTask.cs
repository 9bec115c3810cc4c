using System.Text;
using Pipeline.Imaging;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>
/// DINO (Caron et al. 2021, arXiv 2104.14294, algorithm 1), without any label: a student that sees all views of a picture is to say of each what a teacher says of the
/// other large one. The teacher is the running average of the student; its outputs are centred and sharpened, which keeps both from saying the same of everything. The teacher is judged and exported.
/// </summary>
public sealed class DinoTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "dino";

    private const int CentrePictures = 64;
    private const double LargeFrom = 0.6, SmallFrom = 0.3, SmallTo = 0.7;

    private readonly TrainingConfig _config;
    private readonly DinoOptions _options;
    private readonly ITrainingData _data;
    private readonly DinoNetwork _student;
    private readonly DinoNetwork _teacher;
    private readonly Tensor _centre;

    /// <summary>The task that a configuration's objective asks for.</summary>
    /// <exception cref="ModelFormatException">The model section is not a vision transformer.</exception>
    /// <exception cref="TrainingException">The settings are out of range.</exception>
    public static ITrainingTask For(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.TaskOptions<DinoOptions>().Objective == DinoObjective.Distillation ? new DinoTask(config) : new LabelledVitTask(config);
    }

    /// <summary>Start weights come from the configuration's seed; student and teacher start alike.</summary>
    /// <exception cref="ModelFormatException">The model section is not a vision transformer.</exception>
    /// <exception cref="TrainingException">The settings are out of range, or the batch is to be divided.</exception>
    public DinoTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_config, _options) = (config, config.TaskOptions<DinoOptions>());
        if (config.MicroBatch != 0 || config.Shards != 0)
        {
            throw new TrainingException("microBatch and shards must be 0: the centre is taken over the whole batch");
        }

        VitConfig model = VitConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        _data = TrainingData.Open(config, model.ImageSize);
        _options.Check(_data.Side);
        _student = new DinoNetwork(new RandomWeights(config.Seed, config.Device, trainable: true), model, _options);
        _teacher = new DinoNetwork(new RandomWeights(config.Seed, config.Device), model, _options);
        _centre = FirstCentre();
    }

    /// <inheritdoc />
    public string Stage => "self-distillation";

    /// <inheritdoc />
    public nn.Module Network => _student;

    /// <inheritdoc />
    public ITrainingData Data => _data;

    /// <inheritdoc />
    public string ScoreName => IsWorld ? "kNN accuracy (%)" : "own view nearest (%)";

    /// <inheritdoc />
    public IReadOnlyList<(string Name, Tensor Value)> State => [.. _teacher.named_parameters().Select(p => ("teacher." + p.name, (Tensor)p.parameter)), ("centre", _centre)];

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        IReadOnlyList<(int, RgbImage)> pictures = _data.Training.Read(samples);
        return random => Loss(pictures, random);
    }

    private LossTerms Loss(IReadOnlyList<(int, RgbImage)> pictures, Generator random)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = pictures.Pixels(_config.Device);                                                                       // [B, 3, side, side]
        long count = pictures.Count;
        Tensor large = cat([View(pixels, _data.Side, LargeFrom, 1, random), View(pixels, _data.Side, LargeFrom, 1, random)], 0); // [2B, 3, side, side]
        Tensor[] small = [.. Enumerable.Range(0, _options.SmallViews).Select(_ => View(pixels, _options.SmallSide, SmallFrom, SmallTo, random))];
        Tensor wanted = Teach(large);                                                                                         // [2B, outputs]
        Tensor said = small.Length == 0 ? _student.Forward(large) : cat([_student.Forward(large), _student.Forward(cat(small, 0))], 0);
        Tensor log = (said / _options.StudentTemperature).log_softmax(-1);                                                     // [(2 + small)·B, outputs]
        // −Σ p_t log p_s over the pairs of a teacher's view and another view of the student
        List<Tensor> pairs = [];
        for (int teacher = 0; teacher < 2; teacher++)
        {
            Tensor target = wanted.narrow(0, teacher * count, count);
            pairs.AddRange(Enumerable.Range(0, 2 + small.Length).Where(view => view != teacher).Select(view => (target * log.narrow(0, view * count, count)).sum(1).mean()));
        }

        Tensor total = stack([.. pairs], 0).mean() * -1.0;
        Tensor entropy = (wanted * wanted.clamp_min(1e-12).log()).sum(1).mean() * -1.0;
        Tensor mean = wanted.mean([0]);
        Tensor spread = (mean * mean.clamp_min(1e-12).log()).sum() * -1.0;      // of the batch: near 0 when all pictures are told the same
        return new LossTerms(total.MoveToOuterDisposeScope(), [("entropy", LossTerms.Part(entropy)), ("spread", LossTerms.Part(spread))]);
    }

    /// <summary>The teacher follows: θ_t ← m θ_t + (1 − m) θ_s.</summary>
    public void Stepped(long step)
    {
        double progress = (double)step / _config.Steps;
        double momentum = 1 - ((1 - _options.Momentum) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        foreach (((string _, Parameter teacher), (string _, Parameter student)) in _teacher.named_parameters().Zip(_student.named_parameters()))
        {
            _ = teacher.mul_(momentum).add_(student, 1 - momentum);
        }
    }

    /// <summary>Of scenes, nearest-neighbour accuracy of the teacher's class tokens for kind and place, mean of both; of pictures without labels, see <see cref="FeatureQuality.OwnViews"/>. In per cent.</summary>
    public double Score() => IsWorld ? FeatureQuality.Neighbours(_teacher.vit, _config).Average(f => f.Value) : FeatureQuality.OwnViews(_teacher.vit, _data, _config.Device);

    /// <summary>The accuracies for each factor, and how far keys set pictures apart.</summary>
    public IReadOnlyList<(string Name, double Value)> Details() => IsWorld ? [.. FeatureQuality.Neighbours(_teacher.vit, _config), .. FeatureQuality.Structure(_teacher.vit, _config)] : [];

    /// <summary>Writes the teacher without its head: configuration, weights and image settings, as <see cref="ViTModel.Load"/> reads them.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata) => VitExport.Write(folder, _teacher.vit, _config, _data.Side, metadata);

    /// <inheritdoc />
    public void Dispose()
    {
        _student.Dispose();
        _teacher.Dispose();
        _centre.Dispose();
        _data.Dispose();
    }

    private bool IsWorld => _config.Data.Manifest is null;

    private static Tensor View(Tensor pixels, int side, double least, double most, Generator random) => MultiCrop.View(pixels, side, least, most, random);

    /// <summary>The centre of the untrained teacher: from 0, the first steps would only teach the head its own constant.</summary>
    private Tensor FirstCentre()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Tensor pictures = _data.Training.Read(0, Math.Min(CentrePictures, _data.Training.Count)).Pixels(_config.Device);
        return _teacher.Forward(pictures).mean([0], true).DetachFromDisposeScope();  // [1, outputs]
    }

    /// <summary>softmax((g_t(x) − C) / τ_t) for the large views, and the centre's next value.</summary>
    private Tensor Teach(Tensor large)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using IDisposable single = ProductPrecision.Use(null);      // the centre goes on when a step is skipped: nothing may overflow in it
        Tensor outputs = _teacher.Forward(large);                                                                              // [2B, outputs]
        Tensor wanted = ((outputs - _centre) / _options.TeacherTemperature).softmax(-1);
        _ = _centre.mul_(_options.CentreMomentum).add_(outputs.mean([0], true), 1 - _options.CentreMomentum);
        return wanted.MoveToOuterDisposeScope();
    }
}
