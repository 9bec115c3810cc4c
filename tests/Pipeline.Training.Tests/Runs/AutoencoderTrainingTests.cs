using Pipeline.Imaging.Tensors;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static Pipeline.Training.Tests.Runs.TrainingFixture;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

public sealed class AutoencoderTrainingTests
{
    [Fact]
    public void Smoke_training_lowers_the_loss_by_a_quarter_and_raises_the_score()
    {
        using TemporaryFolder folder = new();
        using AutoencoderTask untrained = new(AutoencoderRecipes.Smoke);
        double before = untrained.Score();
        TrainingOutcome outcome = Train(folder.Path, AutoencoderRecipes.Smoke);

        SmokeCheck check = SmokeCheck.Of(folder.Path, AutoencoderRecipes.SmokeMargin);
        Assert.Equal(0.75, check.Margin);
        Assert.True(check.Passed, check.ToString());
        Assert.Equal(AutoencoderRecipes.Smoke.Steps, LossLog.Read(folder.File("losses.csv")).Count);
        Assert.True(outcome.Score > before + 1, $"{before} -> {outcome.Score} dB");
        Assert.Contains("<polyline", File.ReadAllText(folder.File("losses.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_exported_model_loads_and_its_latents_are_normalised()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = TenSteps;
        double score = Train(folder.Path, config).Score!.Value;

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using AutoencoderKL model = AutoencoderKL.Load(folder.File("model"));
        Tensor seen = WorldPictures.Render(Enumerable.Range(0, config.Data.Scenes).Select(i => (ulong)i), PixelRange.SignedUnit);
        Tensor latent = model.ToLatent(seen);
        Tensor mean = latent.mean([0, 2, 3]), variance = (latent * latent).mean([0, 2, 3]);
        Assert.InRange(mean.abs().max().ToDouble(), 0, 1e-4);
        Assert.InRange((variance - 1.0).abs().max().ToDouble(), 0, 1e-3);

        // The fold changes latents, not pictures: the loaded model reaches the score of the trained one.
        Tensor unseen = WorldPictures.Render(Enumerable.Range(0, config.Data.HeldOut).Select(i => config.Data.FirstHeldOut + (ulong)i), PixelRange.SignedUnit);
        Tensor error = (model.ToImage(model.ToLatent(unseen)).clamp(-1, 1) - unseen) * 0.5;
        Assert.Equal(score, ((error * error).mean([1, 2, 3]).log10() * -10.0).mean().ToDouble(), 3);
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        using TemporaryFolder folder = new();
        Train(folder.File("warm"), TenSteps with { Steps = 1 });
        long before = LiveTensors.Settled();
        Train(folder.File("counted"), TenSteps with { Steps = 3 });
        LiveTensors.AssertBackTo(before);
    }
}
