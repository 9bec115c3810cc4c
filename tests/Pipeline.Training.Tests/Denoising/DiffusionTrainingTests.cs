using System.Text.Json;
using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using Pipeline.Training.Denoising;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Denoising;

public sealed class DiffusionTrainingTests(BaseModels bases) : IClassFixture<BaseModels>
{
    private TrainingConfig TenSteps => bases.On(DiffusionRecipes.Smoke with { Steps = 10, Batch = 4, MicroBatch = 2, CheckpointEvery = 10 });

    [Fact]
    public void Smoke_training_lowers_the_loss_and_writes_figures_and_pictures()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = bases.On(DiffusionRecipes.Smoke);
        using DiffusionTask task = new(config);
        Assert.Equal(0, task.Score(), 6);                               // the zero start predicts no noise at all
        TrainingOutcome outcome = new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);

        SmokeCheck check = SmokeCheck.Of(folder.Path, DiffusionRecipes.SmokeMargin);
        Assert.Equal(0.85, check.Margin);
        Assert.True(check.Passed, check.ToString());
        Assert.True(outcome.Score > 10, $"{outcome.Score} %");
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        string[] names = [.. scores.RootElement.EnumerateObject().Select(p => p.Name)];
        Assert.Contains("object word IoU, 8x8 (t = 100)", names);
        Assert.Contains("stimulus word pointing, 16x16 (t = 300)", names);
        Assert.Contains("CLIP cosine of real pictures", names);
        Assert.All(scores.RootElement.EnumerateObject(), p => Assert.True(double.IsFinite(p.Value.GetDouble()), p.Name));
        RgbImage sheet = ImageCodec.Default.DecodeFile(folder.File("samples.png"));
        Assert.Equal((2048, 128), (sheet.Width, sheet.Height));
        Assert.Equal(4, File.ReadAllLines(folder.File("samples.txt")).Length);
    }

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource drain = new();
        Train(folder.File("whole"), TenSteps);
        Train(folder.File("parts"), TenSteps, p => (p.Step == 5 ? drain : null)?.Cancel(), drain: drain.Token);
        string latents = folder.File("parts", "latents.f16");
        byte[] made = File.ReadAllBytes(latents);
        File.WriteAllBytes(latents, made[..(made.Length / 2)]);         // as if it had been cut short as well
        Train(folder.File("parts"), TenSteps, resume: true);

        Assert.Equal(made, File.ReadAllBytes(latents));
        Assert.Equal(File.ReadAllText(folder.File("whole", "losses.csv")), File.ReadAllText(folder.File("parts", "losses.csv")));
        Assert.All(["adapter.safetensors", "optimizer.safetensors", "average.safetensors", "rng.safetensors"], f => Assert.Equal(
            TrainingFixture.Checkpoint(folder, "whole", 10, f), TrainingFixture.Checkpoint(folder, "parts", 10, f)));
    }

    [Fact]
    public void A_stop_before_the_first_step_is_no_end_and_the_next_start_goes_on()
    {
        using TemporaryFolder folder = new();
        using DiffusionTask task = new(TenSteps);
        TrainingOutcome outcome = new TrainingRun(TenSteps, task, folder.Path).Run(false, new CancellationToken(true));
        Assert.Equal((0, false), (outcome.Step, outcome.Finished));
        Assert.False(Directory.Exists(folder.File("checkpoints")));
        using CancellationTokenSource drain = new();
        Train(folder.Path, TenSteps, p => drain.Cancel(), true, drain.Token);
        Assert.True(File.Exists(TrainingFixture.CheckpointPath(folder, ".", 1, "COMPLETE")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_exported_folder_is_a_stable_diffusion_model_that_samples(bool half)
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = TenSteps with { Average = 0, Steps = 3, Task = JsonSerializer.SerializeToElement(new { samples = 4, sampleSteps = 2, half }) };
        using DiffusionTask task = new(config);
        new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        string path = folder.File("model");
        using StableDiffusionModel model = StableDiffusionModel.Load(path);
        IDiffusionModel diffusion = LatentDiffusionModel.From(model);
        Assert.Equal(64, diffusion.NativeSide);
        Tensor latent = empty([1, 4, 16, 16], ScalarType.Float32).normal_(0, 1, new Generator(5));
        Tensor text = diffusion.EncodeText("a red dog on the meadow with rain").States;
        Tensor predicted = diffusion.Noise.Predict(latent, 300, text, null, 0);
        Tensor trained = ((UNet2DConditionModel)task.Network).Forward(latent, tensor(300), text);
        Assert.InRange((predicted - trained).abs().max().ToDouble(), 0, half ? 5e-3 : 0);
        Assert.Equal([1, 3, 64, 64], diffusion.DecodeLatent(predicted).shape);
        Assert.All(["unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model"], name =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(path, name + ".safetensors"));
            Assert.All(file.Names, n => Assert.Equal(half ? "F16" : "F32", file.Info(n).Type.ToString()));
        });
        using CheckpointWeights tower = CheckpointDirectory.Open(Path.Combine(path, "text_encoder"), CheckpointDirectory.Transformers);
        Assert.All(tower.Names, n => Assert.StartsWith("text_model.", n, StringComparison.Ordinal));
    }

    [Fact]
    public void A_configuration_that_does_not_fit_the_base_models_is_refused()
    {
        TrainingConfig wide = TenSteps with { Model = JsonSerializer.SerializeToElement(new { cross_attention_dim = 512 }) };
        Assert.Contains("cross_attention_dim", Assert.Throws<TrainingException>(() => new DiffusionTask(wide)).Message, StringComparison.Ordinal);
        Assert.Contains("--base", Assert.Throws<TrainingException>(() => new DiffusionTask(TenSteps with { Base = null })).Message, StringComparison.Ordinal);
        TrainingConfig unknown = TenSteps with { Task = JsonSerializer.SerializeToElement(new { dropShare = 1.5 }) };
        Assert.Contains("dropShare", Assert.Throws<TrainingException>(() => new DiffusionTask(unknown)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        using TemporaryFolder folder = new();
        Train(folder.File("warm"), TenSteps with { Steps = 1 });
        long before = LiveTensors.Settled();
        Train(folder.File("counted"), TenSteps with { Steps = 2 });
        LiveTensors.AssertBackTo(before);
    }

    private static void Train(string folder, TrainingConfig config, Action<TrainingProgress>? report = null, bool resume = false, CancellationToken drain = default)
    {
        using DiffusionTask task = new(config);
        new TrainingRun(config, task, folder, report).Run(resume, drain);
    }
}
