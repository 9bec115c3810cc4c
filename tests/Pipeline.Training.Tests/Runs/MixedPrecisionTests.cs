using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Denoising;
using Pipeline.Training.Family;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Denoising;

namespace Pipeline.Training.Tests.Runs;

/// <summary>Every trainer with products in bfloat16, which this engine computes on a CPU.</summary>
public sealed class MixedPrecisionTests(BaseModels bases) : IClassFixture<BaseModels>
{
    public static TheoryData<string> Systems => [.. Trainers.All.Select(t => t.System)];

    [Theory]
    [MemberData(nameof(Systems))]
    public void Smoke_training_in_bfloat16_lowers_the_loss_by_the_trainers_margin(string system)
    {
        using TemporaryFolder folder = new();
        Trainer trainer = Trainers.All.Single(t => t.System == system);
        TrainingConfig config = Over(trainer, trainer.Smoke() with { Precision = TrainingPrecision.Bfloat16 });
        using ITrainingTask task = trainer.Create(config);
        new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);
        SmokeCheck check = SmokeCheck.Of(folder.Path, trainer.SmokeMargin);
        Assert.True(check.Passed, check.ToString());
        Assert.Contains("products in bfloat16", File.ReadAllText(folder.File("model", ModelCard.File)), StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_steps_in_bfloat16_equal_five_and_five_after_a_resume_bit_for_bit()
    {
        TrainingFixture.AssertResumes(TrainingFixture.TenSteps with { Precision = TrainingPrecision.Bfloat16 }, c => new AutoencoderTask(c));
        TrainingFixture.AssertResumes(
            bases.On(DiffusionRecipes.Smoke with { Steps = 10, Batch = 4, MicroBatch = 2, CheckpointEvery = 10, Precision = TrainingPrecision.Bfloat16 }), c => new DiffusionTask(c));
    }

    [Fact]
    public void Bfloat16_is_another_run_than_single_precision_and_its_checkpoints_are_single_precision()
    {
        using TemporaryFolder folder = new();
        TrainingConfig mixed = TrainingFixture.TenSteps with { Precision = TrainingPrecision.Bfloat16, Steps = 2 };
        TrainingFixture.Train(folder.File("single"), mixed with { Precision = TrainingPrecision.Single });
        TrainingFixture.Train(folder.File("mixed"), mixed);
        const string Key = "decoder.conv_in.weight";
        double[] one = TrainingFixture.Weights(TrainingFixture.CheckpointPath(folder, "single", 2, "adapter.safetensors"), Key);
        double[] other = TrainingFixture.Weights(TrainingFixture.CheckpointPath(folder, "mixed", 2, "adapter.safetensors"), Key);
        Assert.NotEqual(one, other);
        Assert.Contains(other, v => v != (double)BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)v) & unchecked((int)0xFFFF0000)));    // more bits than bfloat16 has
        Assert.Contains("another configuration", Assert.Throws<TrainingException>(() => TrainingFixture.Train(folder.File("single"), mixed, resume: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_precision_that_the_device_lacks_is_refused_before_anything_is_trained()
    {
        using TemporaryFolder folder = new();
        TrainingException error = Assert.Throws<TrainingException>(() => TrainingFixture.Train(folder.File("run"), TrainingFixture.TenSteps with { Precision = TrainingPrecision.Float16 }));
        Assert.Contains("does not compute float16", error.Message, StringComparison.Ordinal);
        Assert.Contains("take bfloat16 or single", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    [Fact]
    public void A_configuration_file_names_the_precision_and_recipes_without_one_keep_their_digest()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("run.json"), TrainingFixture.TenSteps.ToJson().Replace("\"seed\"", "\"precision\": \"bfloat16\", \"seed\"", StringComparison.Ordinal));
        Assert.Equal(TrainingPrecision.Bfloat16, TrainingConfig.Read(folder.File("run.json")).Precision);
        Assert.DoesNotContain("precision", TrainingFixture.TenSteps.ToJson(), StringComparison.Ordinal);
        File.WriteAllText(folder.File("run.json"), TrainingFixture.TenSteps.ToJson().Replace("\"seed\"", "\"precision\": 1, \"seed\"", StringComparison.Ordinal));
        Assert.Contains("precision", Assert.Throws<TrainingException>(() => TrainingConfig.Read(folder.File("run.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_in_bfloat16_leaves_no_tensor_behind() => TrainingFixture.AssertNothingLeft(
        bases.On(DiffusionRecipes.Smoke with { Steps = 2, Batch = 2, Precision = TrainingPrecision.Bfloat16 }), c => new DiffusionTask(c));

    private TrainingConfig Over(Trainer trainer, TrainingConfig config) => trainer.Bases.Length == 0 ? config : bases.On(config);
}
