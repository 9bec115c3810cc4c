using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Autoencoder;

/// <summary>
/// Goes on training the decoder of a finished autoencoder while its encoder stays as it is, bit for bit: latents keep their meaning, so a denoiser that was or is being trained on them takes the better decoder.
/// Loss as in <see cref="AutoencoderTask"/>, of the decoded means and without KL.
/// </summary>
public sealed class DecoderTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "vae-decoder";

    private static readonly string[] s_trained = ["decoder.", "post_quant_conv."];

    private readonly ITrainingData _data;
    private readonly string _base;
    private readonly Device _device;
    private readonly AutoencoderKL _network;

    /// <summary>Starts at the base's weights.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The base is not an autoencoder.</exception>
    /// <exception cref="TrainingException">The base is missing, or the configuration describes a network of its own.</exception>
    public DecoderTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _device = config.Device;
        if (config.Model.EnumerateObject().Any())
        {
            throw new TrainingException("model: must be empty: the network is the base's");
        }

        _base = config.BaseFolder(AutoencoderTask.System);
        ModelConfig section = ModelConfig.Read(Path.Combine(_base, "config.json"));
        _data = AutoencoderTask.DataFor(config, section, AutoencoderConfig.Read(section).Factor);
        _network = AutoencoderKL.Load(_base, new WeightOptions(_device, Trainable: true));
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in _network.named_parameters())
        {
            parameter.requires_grad = s_trained.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
        }
    }

    /// <inheritdoc />
    public string Stage => "decoder";

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
        return _ => Loss(pictures);
    }

    private LossTerms Loss(IReadOnlyList<(int, RgbImage)> pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor image = pictures.Pixels(_device);                                                           // [B, 3, H, W]
        (Tensor total, IReadOnlyList<(string Name, Tensor Value)> parts) = Reconstruction.Loss(_network.Decode(Encode(image)) - image);
        return new LossTerms(total.MoveToOuterDisposeScope(), [.. parts.Select(p => (p.Name, p.Value.MoveToOuterDisposeScope()))]);
    }

    /// <summary>Mean PSNR of the reconstructed means over held-out pictures, in dB.</summary>
    public double Score() => Reconstruction.Psnr(_network, _data.HeldOut, _device);

    /// <summary>Writes a folder that replaces the base's.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Diffusers + ".safetensors"), _network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        File.Copy(Path.Combine(_base, "config.json"), Path.Combine(folder, "config.json"), overwrite: true);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _network.Dispose();
        _data.Dispose();
    }

    private Tensor Encode(Tensor image)
    {
        using IDisposable recording = no_grad();
        return _network.Encode(image).Mean;
    }
}
