using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Autoencoder;

/// <summary>
/// The autoencoder of latent diffusion on pictures of the world: Rombach et al. 2021 without the adversarial and perceptual terms, which need networks of their own.
/// Loss: L1 + 2·MSE + ¼·L1 of image gradients + 10⁻⁴·KL, every term a mean over its elements.
/// </summary>
public sealed class AutoencoderTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "vae";

    private const double KlWeight = 1e-4;
    private const int EncodeBatch = 16, FoldScenes = 256;

    private readonly TrainingConfig _config;
    private readonly AutoencoderKL _network;

    /// <summary>Start weights come from the configuration's seed.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The model section is not an autoencoder of the supported kind.</exception>
    public AutoencoderTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        AutoencoderConfig model = AutoencoderConfig.Read(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        _network = new AutoencoderKL(new RandomWeights(config.Seed, config.Device, trainable: true), model);
    }

    /// <inheritdoc />
    public string Stage => "pixels";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public string ScoreName => "PSNR (dB)";

    /// <inheritdoc />
    public LossTerms Loss(IReadOnlyList<int> samples, Generator random)
    {
        ArgumentNullException.ThrowIfNull(samples);
        using DisposeScope scope = NewDisposeScope();
        Tensor image = WorldPictures.Render(samples.Select(s => _config.Data.FirstScene + (ulong)s), PixelRange.SignedUnit, _config.Device); // [B, 3, 64, 64]
        LatentDistribution latent = _network.Encode(image);
        Tensor noise = empty(latent.Mean.shape, ScalarType.Float32).normal_(0, 1, random).to(_config.Device);
        (Tensor picture, IReadOnlyList<(string Name, Tensor Value)> parts) = Reconstruction.Loss(_network.Decode(latent.Sample(noise)) - image);
        // KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − ln σ²)
        Tensor kl = (latent.Mean * latent.Mean + latent.LogVariance.exp() - 1.0 - latent.LogVariance).mean() * 0.5;
        Tensor total = picture + (kl * KlWeight);
        return new LossTerms(total.MoveToOuterDisposeScope(), [.. parts.Append(("kl", kl.detach())).Select(p => (p.Item1, p.Item2.MoveToOuterDisposeScope()))]);
    }

    /// <summary>Mean PSNR of the reconstructed means over held-out pictures, in dB.</summary>
    public double Score() => Reconstruction.Psnr(_network, _config.Data, _config.Device);

    /// <summary>Writes <c>config.json</c> and weights whose latents have mean 0 and deviation 1 in every channel (see <see cref="LatentFold"/>), so the scaling factor is 1.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        _network.eval();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        IEnumerable<ulong> scenes = Enumerable.Range(0, Math.Min(FoldScenes, _config.Data.Scenes)).Select(i => _config.Data.FirstScene + (ulong)i);
        Tensor means = cat(scenes.Chunk(EncodeBatch).Select(s => _network.Encode(WorldPictures.Render(s, PixelRange.SignedUnit, _config.Device)).Mean).ToArray(), 0);
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
    public void Dispose() => _network.Dispose();
}
