using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Autoencoder;

/// <summary>
/// The autoencoder of latent diffusion on pictures: Rombach et al. 2021 without the adversarial and perceptual terms, which need networks of their own.
/// Loss: L1 + 2·MSE + ¼·L1 of image gradients + 10⁻⁴·KL, every term a mean over its elements.
/// </summary>
public sealed class AutoencoderTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "vae";

    private const double KlWeight = 1e-4;
    private const int EncodeBatch = 16, FoldPictures = 256;

    private readonly TrainingConfig _config;
    private readonly ITrainingData _data;
    private readonly AutoencoderKL _network;

    /// <summary>Start weights come from the configuration's seed.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The model section is not an autoencoder of the supported kind.</exception>
    public AutoencoderTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        ModelConfig section = ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model");
        AutoencoderConfig model = AutoencoderConfig.Read(section);
        _data = DataFor(config, section, model.Factor);
        _network = new AutoencoderKL(new RandomWeights(config.Seed, config.Device, trainable: true), model);
    }

    /// <inheritdoc />
    public string Stage => "pixels";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public ITrainingData Data => _data;

    /// <inheritdoc />
    public string ScoreName => "PSNR (dB)";

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        IReadOnlyList<(int, RgbImage)> pictures = _data.Training.Read(samples);
        return random => Loss(pictures, random);
    }

    private LossTerms Loss(IReadOnlyList<(int, RgbImage)> pictures, Generator random)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor image = pictures.Pixels(_config.Device);                                             // [B, 3, H, W]
        LatentDistribution latent = _network.Encode(image);
        Tensor noise = empty(latent.Mean.shape, ScalarType.Float32).normal_(0, 1, random).to(_config.Device);
        (Tensor picture, IReadOnlyList<(string Name, Tensor Value)> parts) = Reconstruction.Loss(_network.Decode(latent.Sample(noise)) - image);
        // KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − ln σ²)
        Tensor kl = (latent.Mean * latent.Mean + latent.LogVariance.exp() - 1.0 - latent.LogVariance).mean() * 0.5;
        Tensor total = picture + (kl * KlWeight);
        return new LossTerms(total.MoveToOuterDisposeScope(), [.. parts.Append(("kl", kl.detach())).Select(p => (p.Item1, p.Item2.MoveToOuterDisposeScope()))]);
    }

    /// <summary>Mean PSNR of the reconstructed means over held-out pictures, in dB.</summary>
    public double Score() => Reconstruction.Psnr(_network, _data.HeldOut, _config.Device);

    /// <summary>Writes <c>config.json</c> and weights whose latents have mean 0 and deviation 1 in every channel (see <see cref="LatentFold"/>), so the scaling factor is 1.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        _network.eval();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        int[] seen = [.. Enumerable.Range(0, Math.Min(FoldPictures, _data.Training.Count))];
        Tensor means = cat(seen.Chunk(EncodeBatch).Select(part => _network.Encode(_data.Training.Read(part[0], part.Length).Pixels(_config.Device)).Mean).ToArray(), 0);
        LatentFold fold = LatentFold.Measure(means);
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Diffusers + ".safetensors"),
            fold.Apply(_network.named_parameters().Select(p => (p.name, (Tensor)p.parameter))),
            metadata);
        JsonObject config = JsonNode.Parse(_config.Model.GetRawText())!.AsObject();
        config["scaling_factor"] = 1.0;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _network.Dispose();
        _data.Dispose();
    }

    /// <summary>Data of a side that an autoencoder can reduce and enlarge again; that of its <c>sample_size</c> where the configuration says none.</summary>
    internal static ITrainingData DataFor(TrainingConfig config, ModelConfig section, int factor)
    {
        ITrainingData data = TrainingData.Open(config, section.Int("sample_size", Canvas.Side));
        if (data.Side % factor == 0)
        {
            return data;
        }

        data.Dispose();
        throw new TrainingException($"data.pictures.side is {data.Side}: must be a multiple of {factor}, by which the autoencoder reduces pictures");
    }
}
