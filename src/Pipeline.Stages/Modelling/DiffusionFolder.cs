using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Stages.Modelling;

/// <summary>A Stable Diffusion folder as the editing methods see it, owning its networks.</summary>
public sealed class DiffusionFolder : IDiffusionModel, IDisposable
{
    private readonly StableDiffusionModel networks;
    private readonly LatentDiffusionModel model;

    private DiffusionFolder(StableDiffusionModel networks) => (this.networks, model) = (networks, LatentDiffusionModel.From(networks));

    /// <inheritdoc />
    public INoisePredictor Noise => model.Noise;

    /// <inheritdoc />
    public int LatentFactor => model.LatentFactor;

    /// <inheritdoc />
    public int NativeSide => model.NativeSide;

    /// <inheritdoc />
    public Device Device => model.Device;

    /// <inheritdoc />
    public NoiseSchedule Schedule => model.Schedule;

    /// <inheritdoc />
    public double LatentScale => model.LatentScale;

    /// <summary>Loads a folder with <c>model_index.json</c>.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">A part is missing, damaged or of a kind that is not known here.</exception>
    public static DiffusionFolder Load(string directory, Device device)
    {
        StableDiffusionModel networks = StableDiffusionModel.Load(directory, device);
        try
        {
            return new DiffusionFolder(networks);
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public double AlphaBar(int timestep) => model.AlphaBar(timestep);

    /// <inheritdoc />
    public Tensor EncodeImage(Tensor image) => model.EncodeImage(image);

    /// <inheritdoc />
    public Tensor DecodeLatent(Tensor latent) => model.DecodeLatent(latent);

    /// <inheritdoc />
    public TextStates EncodeText(string prompt) => model.EncodeText(prompt);

    /// <inheritdoc />
    public void Dispose() => networks.Dispose();
}
