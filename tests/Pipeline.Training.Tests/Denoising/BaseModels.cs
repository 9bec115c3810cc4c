using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Contrast;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Tests.Denoising;

/// <summary>An autoencoder and a CLIP after a few steps: bases with all the files of real ones.</summary>
public sealed class BaseModels : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BaseModels()
    {
        TrainingConfig vae = AutoencoderRecipes.Smoke with { Steps = 30 }, clip = ClipRecipes.Smoke with { Steps = 15 };
        using AutoencoderTask autoencoder = new(vae);
        new TrainingRun(vae, autoencoder, _folder.File("vae")).Run(false, CancellationToken.None);
        using ClipTask contrast = new(clip);
        new TrainingRun(clip, contrast, _folder.File("clip")).Run(false, CancellationToken.None);
    }

    public string Vae => _folder.File("vae", "model");

    public string Clip => _folder.File("clip", "model");

    /// <summary>A configuration over these models.</summary>
    public TrainingConfig On(TrainingConfig config) =>
        config with { Base = new Dictionary<string, string> { [AutoencoderTask.System] = Vae, [ClipTask.System] = Clip } };

    public void Dispose() => _folder.Dispose();
}
