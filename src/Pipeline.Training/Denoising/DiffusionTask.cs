using System.Text.Json.Nodes;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models;
using Pipeline.Models.Layers;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>
/// The denoiser of latent diffusion (Rombach et al. 2021, arXiv 2112.10752, eq. 3) over a frozen autoencoder and a frozen text tower. Loss: squared error of the predicted noise with
/// min-SNR weights (<see cref="SnrWeights"/>) over stratified timesteps, plus, on scenes of the world, <see cref="WordAttentionLoss"/>. Noise levels are Stable Diffusion's.
/// </summary>
public sealed class DiffusionTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "diffusion";

    private readonly TrainingConfig _config;
    private readonly DiffusionOptions _options;
    private readonly DiffusionBases _bases;
    private readonly ITrainingData _data;
    private readonly bool _isWorld;
    private readonly JsonObject _model;
    private readonly UNet2DConditionModel _network;
    private readonly NoiseSchedule _schedule = NoiseSchedule.Create(new DdimOptions());
    private readonly SnrWeights _weights;
    private readonly DiffusionJudge _judge;
    private LatentStore? _latents;
    private string? _folder;

    /// <summary>Start weights come from the configuration's seed.</summary>
    /// <exception cref="ModelFormatException">The model section is not a UNet, or a base model cannot be loaded.</exception>
    /// <exception cref="TrainingException">A base model is missing or does not fit the model section.</exception>
    public DiffusionTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_config, _options) = (config, config.TaskOptions<DiffusionOptions>());
        _options.Check();
        _weights = new SnrWeights(_schedule, _options.SnrLimit);
        _bases = DiffusionBases.Load(config);
        try
        {
            _isWorld = config.Data.Manifest is null;
            _data = _isWorld ? new SceneData(config.Data, TrainingCaption.Of) : ManifestData.Open(config, _bases.Side, ManifestNeeds.Caption);
            _model = DiffusionModelSection.Complete(config.Model, _bases, _data.Side);
            _network = new UNet2DConditionModel(new ZeroStart(new RandomWeights(config.Seed, config.Device, trainable: true)), DiffusionModelSection.Read(_model));
        }
        catch
        {
            _data?.Dispose();
            _bases.Dispose();
            throw;
        }

        _judge = new DiffusionJudge(_data, config.Data, _options, _bases, _network, _schedule, _weights);
    }

    /// <inheritdoc />
    public string Stage => "noise";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public ITrainingData Data => _data;

    /// <inheritdoc />
    public IReadOnlyList<string> Notes => _isWorld || _options.WordWeight == 0 ? [] :
        ["word localisation is left out, in loss and figures: it needs masks of what words name, which only scenes of the world have"];

    /// <inheritdoc />
    public string ScoreName => "explained noise (%)";

    /// <summary>Makes the latents of all training pictures, <c>latents.f16</c>, or goes on with them.</summary>
    public void Prepare(string folder, CancellationToken drain)
    {
        _folder = folder;
        _latents ??= LatentStore.Open(Path.Combine(folder, "latents.f16"), _bases, ModelDirectory.Digest(_bases.VaeFolder), _data, drain);
    }

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        LatentStore latents = _latents ?? throw new InvalidOperationException($"{nameof(Prepare)} comes before {nameof(Load)}");
        (int[] numbers, float[] values) = latents.Read([.. samples.Select(s => s.Number)]);
        RenderedScene[]? scenes = _isWorld && _options.WordWeight > 0 ? [.. numbers.Select(n => SceneRenderer.Render(Scene.Sample(_config.Data.FirstScene + (ulong)n)))] : null;
        return random => Loss(numbers, latents, values, scenes, random);
    }

    private LossTerms Loss(int[] samples, LatentStore latents, float[] values, RenderedScene[]? scenes, Generator random)
    {
        using DisposeScope scope = NewDisposeScope();
        (ulong[] draws, int[] timesteps) = Draw(samples.Length, random);
        Tensor latent = latents.ToTensor(values).to(_config.Device);                                                       // [B, C, h, w]
        Tensor noise = empty(latent.shape, ScalarType.Float32).normal_(0, 1, random).to(_config.Device);
        Tensor noisy = _schedule.AddNoise(latent, noise, timesteps);
        string?[] captions = [.. samples.Select((s, i) => Caption(s, draws[i]))];
        int[][] tokens = [.. captions.Select((c, i) => _bases.Tokens(c ?? (_isWorld ? TrainingCaption.Nothing(draws[i]) : "")))];
        using WordAttentionLoss? words = scenes is null ? null : WordsOf(scenes, captions, tokens, timesteps);
        Tensor predicted = _network.Forward(noisy, tensor(timesteps), _bases.EncodeText(tokens), words);

        Tensor error = (predicted - noise).square().mean([1, 2, 3]);                                    // [B]
        Tensor weighted = (error * WeightsOf(timesteps)).mean();
        List<(string, Tensor)> parts = [("noise", LossTerms.Part(weighted)), ("mse", LossTerms.Part(error.mean()))];
        Tensor total = weighted;
        if (words is not null)
        {
            Tensor apart = words.Mean();
            parts.Add(("words", LossTerms.Part(apart)));
            total = total + (apart * _options.WordWeight);
        }

        return new LossTerms(total.MoveToOuterDisposeScope(), parts);
    }

    /// <summary>How much of the noise in held-out latents is predicted: 100·(1 − Σ w·error² / Σ w·noise²).</summary>
    public double Score() => _judge.ExplainedNoise();

    /// <summary>Held-out loss; CLIP cosines of sampled pictures; where words are attended to. Writes the pictures into the run's folder.</summary>
    public IReadOnlyList<(string Name, double Value)> Details() => _judge.Details(_folder);

    /// <summary>Writes a folder that <see cref="StableDiffusionModel.Load"/> takes.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata) => DiffusionExport.Write(folder, _network, _model, _bases, _options.Half, metadata);

    /// <inheritdoc />
    public void Dispose()
    {
        _judge.Dispose();
        _latents?.Dispose();
        _network.Dispose();
        _bases.Dispose();
        _data.Dispose();
    }

    /// <summary>A number for each sample's caption, and timesteps: one from every n-th part of the schedule, so that all noise levels are seen equally often (stratified sampling).</summary>
    private (ulong[] Draws, int[] Timesteps) Draw(int count, Generator random)
    {
        using Tensor drawn = empty([2, count], ScalarType.Float64).uniform_(0, 1, random);
        double[] units = drawn.data<double>().ToArray();
        ulong[] draws = [.. units[..count].Select(u => (ulong)(u * (1L << 52)))];
        int[] timesteps = [.. units[count..].Select((u, i) => Math.Min(_schedule.Count - 1, (int)((i + u) / count * _schedule.Count)))];
        return (draws, timesteps);
    }

    private string? Caption(int number, ulong draw) => TrainingCaption.IsDropped(draw, _options.DropShare) ? null : _data.Training.Caption(number, draw);

    private WordAttentionLoss WordsOf(RenderedScene[] scenes, string?[] captions, int[][] tokens, int[] timesteps) => new(
        [.. scenes.Select((s, i) => captions[i] is null ? [] : SceneWord.Find(s, tokens[i], _bases.IdOf))],
        [.. timesteps.Select(t => _schedule.AlphaBar(t))], _config.Device);

    private Tensor WeightsOf(int[] timesteps) => tensor([.. timesteps.Select(t => (float)_weights.Of(t))], [timesteps.Length]).to(_config.Device);
}
