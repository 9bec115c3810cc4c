using System.Text.Json;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Denoising;

public sealed class DecoderTrainingTests(BaseModels bases) : IClassFixture<BaseModels>
{
    [Fact]
    public void Training_the_decoder_raises_the_score_and_leaves_the_latents_as_they_are()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = bases.On(AutoencoderRecipes.DecoderSmoke);
        using DecoderTask task = new(config);
        double before = task.Score();
        TrainingOutcome outcome = new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);
        SmokeCheck check = SmokeCheck.Of(folder.Path, AutoencoderRecipes.DecoderSmokeMargin);
        Assert.True(check.Passed, check.ToString());
        Assert.True(outcome.Score > before + 0.3, $"{before} -> {outcome.Score} dB");

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using AutoencoderKL old = AutoencoderKL.Load(bases.Vae), trained = AutoencoderKL.Load(folder.File("model"));
        Tensor image = WorldPictures.Render([7UL, 8UL], PixelRange.SignedUnit);
        Tensor latent = old.ToLatent(image);
        Assert.True(Same(latent, trained.ToLatent(image)));
        Assert.False(Same(old.ToImage(latent), trained.ToImage(latent)));
        Assert.All(old.named_parameters().Zip(trained.named_parameters()), p => Assert.Equal(
            p.First.name.StartsWith("encoder.", StringComparison.Ordinal) || p.First.name.StartsWith("quant_conv.", StringComparison.Ordinal), Same(p.First.parameter, p.Second.parameter)));
    }

    [Fact]
    public void Four_steps_equal_two_and_two_after_a_resume_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource drain = new();
        TrainingConfig config = bases.On(AutoencoderRecipes.DecoderSmoke with { Steps = 4, Batch = 2, CheckpointEvery = 4 });
        Train("whole", null, false, CancellationToken.None);
        Train("parts", p => (p.Step == 2 ? drain : null)?.Cancel(), false, drain.Token);
        Train("parts", null, true, CancellationToken.None);
        Assert.All(["adapter.safetensors", "optimizer.safetensors", "average.safetensors"], f => Assert.Equal(
            TrainingFixture.Checkpoint(folder, "whole", 4, f), TrainingFixture.Checkpoint(folder, "parts", 4, f)));

        void Train(string run, Action<TrainingProgress>? report, bool resume, CancellationToken stop)
        {
            using DecoderTask task = new(config);
            new TrainingRun(config, task, folder.File(run), report).Run(resume, stop);
        }
    }

    [Fact]
    public void A_network_of_its_own_is_refused()
    {
        TrainingConfig config = bases.On(AutoencoderRecipes.DecoderSmoke with { Model = JsonSerializer.SerializeToElement(new { latent_channels = 8 }) });
        Assert.Contains("model", Assert.Throws<TrainingException>(() => new DecoderTask(config)).Message, StringComparison.Ordinal);
    }

    private static bool Same(Tensor a, Tensor b) => (a - b).abs().max().ToDouble() == 0;
}
