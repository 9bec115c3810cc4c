using System.Text;
using Pipeline.Imaging.Tensors;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Lpips;
using Pipeline.Models.Lpips.Building;
using Pipeline.Training.Judging;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Perceptual;

/// <summary>
/// LPIPS for the world (Zhang et al. 2018, arXiv 1801.03924): the trunk learns what pictures show, from labels; the channel weights learn on its features, as they are, which of two distorted
/// pictures is nearer to the original. Without people's judgements the answer is known otherwise: the weaker of two distortions of one kind is nearer, and a distorted picture is nearer than
/// one with another object or another colour.
/// </summary>
public sealed class LpipsTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "lpips";

    private const int ScoreBatch = 32;
    private const double Sharpness = 8, Stronger = 1.25;
    private const ulong TripletSeed = 29;

    private readonly TrainingConfig _config;
    private readonly LpipsNetwork _network;

    /// <summary>Start weights come from the configuration's seed; channel weights start alike.</summary>
    /// <exception cref="ModelFormatException">The model section is not an LPIPS network.</exception>
    public LpipsTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.RequireScenes();
        _config = config;
        LpipsConfig model = LpipsConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        _network = new LpipsNetwork(new RandomWeights(config.Seed, config.Device, trainable: true), model);
    }

    /// <inheritdoc />
    public string Stage => "labels-and-triplets";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public string ScoreName => "triplets right (%)";

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
        Tensor pixels = WorldPictures.Stack(pictures, PixelRange.SignedUnit, _config.Device);                           // [B, 3, 64, 64]
        Tensor targets = tensor(WorldLabels.Targets(scenes), [scenes.Length, WorldLabels.All.Count]).to(_config.Device);
        IReadOnlyList<Tensor> taps = _network.lpips.Activations(Degradation.Apply(pixels, random));
        Tensor labels = nn.functional.binary_cross_entropy_with_logits(_network.Classify(taps[^1]), targets);
        (Tensor near, Tensor far) = Distances(scenes, pixels, random);
        // P(far is further) = σ(s (d_far − d_near) / (d_far + d_near)): only the order counts, not the weights' scale.
        Tensor ranking = nn.functional.softplus(((near - far) / (near + far + 1e-6)) * Sharpness).mean();
        Tensor total = labels + (ranking * 0.1);
        return new LossTerms(total.MoveToOuterDisposeScope(), [("labels", LossTerms.Part(labels)), ("ranking", LossTerms.Part(ranking))]);
    }

    /// <summary>Channel weights stay non-negative, so that a distance is one.</summary>
    public void Stepped(long step)
    {
        using IDisposable recording = no_grad();
        foreach (Parameter weight in _network.lpips.ChannelWeights)
        {
            _ = weight.clamp_min_(0);
        }
    }

    /// <summary>Share of held-out triplets whose nearer picture is nearer, in per cent.</summary>
    public double Score() => Triplets(uniform: false);

    /// <summary>The same with equal channel weights, and how often the trunk is right about kinds.</summary>
    public IReadOnlyList<(string Name, double Value)> Details() => [("triplets right, uniform weights (%)", Triplets(uniform: true)), .. Accuracy()];

    /// <summary>Writes trunk and channel weights: a folder that <see cref="LpipsModel.Load"/> reads.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), _network.lpips.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        LpipsConversion.Write(_network.lpips.Config, folder);
    }

    /// <inheritdoc />
    public void Dispose() => _network.Dispose();

    private Tensor Pixels(IReadOnlyList<Scene> scenes) => WorldPictures.Render(scenes, PixelRange.SignedUnit, _config.Device);

    /// <summary>
    /// Distances [B] of the nearer and of the further picture. A quarter of the batches compares two strengths of one distortion, the others a distortion with a re-render of another
    /// kind or colour.
    /// </summary>
    private (Tensor Near, Tensor Far) Distances(Scene[] scenes, Tensor pixels, Generator random)
    {
        using Tensor drawn = empty([2], ScalarType.Float64).uniform_(0, 1, random);
        double[] choice = drawn.data<double>().ToArray();
        int kind = Math.Min(Distortions.Kinds - 1, (int)(choice[0] * Distortions.Kinds));
        Tensor strength = empty([scenes.Length, 1, 1, 1], ScalarType.Float32).uniform_(0.1, 0.6, random).to(_config.Device);
        Tensor near, far;
        if (choice[1] < 0.25)
        {
            // The same grain and cast for both: from one state of the generator.
            using Tensor state = random.get_state();
            near = Distortions.Apply(pixels, kind, strength, random);
            random.set_state(state);
            far = Distortions.Apply(pixels, kind, strength * Stronger, random);
        }
        else
        {
            near = Distortions.Apply(pixels, kind, strength, random);
            int variant = choice[1] < 0.625 ? 1 : 3;     // another kind, or another colour
            far = Pixels([.. scenes.Select(s => SceneVariants.Of(s, s.LayoutSeed)[variant])]);
        }

        IReadOnlyList<Tensor> original = Features(pixels);
        return (_network.lpips.Distance(original, Features(near)), _network.lpips.Distance(original, Features(far)));
    }

    /// <summary>Features as the heads see them: the trunk learns nothing from triplets.</summary>
    private IReadOnlyList<Tensor> Features(Tensor pixels)
    {
        using IDisposable recording = no_grad();
        return _network.lpips.Features(pixels);
    }

    private double Triplets(bool uniform)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using Generator random = new(TripletSeed);
        Tensor[] own = [.. _network.lpips.ChannelWeights.Select(w => w.detach().clone())];
        if (uniform)
        {
            foreach (Parameter weight in _network.lpips.ChannelWeights)
            {
                _ = weight.fill_(1.0);
            }
        }

        double right = 0;
        int batches = 0;
        foreach (Scene[] scenes in HeldOut().Chunk(Math.Min(8, _config.Data.HeldOut)))
        {
            using DisposeScope inner = NewDisposeScope();
            (Tensor near, Tensor far) = Distances(scenes, Pixels(scenes), random);
            right += near.lt(far).to(ScalarType.Float32).mean().ToDouble();
            batches++;
        }

        for (int i = 0; i < own.Length; i++)
        {
            _ = _network.lpips.ChannelWeights[i].copy_(own[i]);
        }

        return 100 * right / batches;
    }

    private IReadOnlyList<(string Name, double Value)> Accuracy()
    {
        using IDisposable recording = no_grad();
        Scene[] scenes = [.. HeldOut()];
        List<float[]> scores = [];
        foreach (Scene[] batch in scenes.Chunk(ScoreBatch))
        {
            using DisposeScope scope = NewDisposeScope();
            using TorchSharp.Utils.TensorAccessor<float> logits = _network.Classify(_network.lpips.Activations(Pixels(batch))[^1]).cpu().data<float>();
            scores.AddRange(logits.ToArray().Chunk(WorldLabels.All.Count));
        }

        return JudgeAccuracy.Measure(scenes, scores);
    }

    private IEnumerable<Scene> HeldOut() => Enumerable.Range(0, _config.Data.HeldOut).Select(i => Scene.Sample(_config.Data.FirstHeldOut + (ulong)i));
}
