using Pipeline.TestKit;
using Pipeline.Training.Contrast;
using Pipeline.Training.Judging;
using Pipeline.Training.Language;
using Pipeline.Training.Perceptual;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Data;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

/// <summary>Trainers that render by what they draw: rendering ahead changes no bit.</summary>
public sealed class ReadersTests
{
    public static TheoryData<string> Systems => [ClipTask.System, LanguageTask.System, JudgeTask.System, LpipsTask.System, "mllm in parts"];

    [Theory]
    [MemberData(nameof(Systems))]
    public void Rendering_ahead_on_several_threads_gives_the_bits_of_rendering_in_the_step(string system)
    {
        using TemporaryFolder folder = new();
        (TrainingConfig config, Func<TrainingConfig, ITrainingTask> create) = Of(system);
        Run("in", 0);
        Run("ahead", 3);
        Assert.Equal(File.ReadAllText(folder.File("in", "losses.csv")), File.ReadAllText(folder.File("ahead", "losses.csv")));
        Assert.All(["adapter.safetensors", "rng.safetensors"], f => Assert.Equal(TrainingFixture.Checkpoint(folder, "in", 4, f), TrainingFixture.Checkpoint(folder, "ahead", 4, f)));

        void Run(string name, int readers)
        {
            TrainingConfig own = (config with { Steps = 4, CheckpointEvery = 4, Data = new WorldData { Scenes = 64, HeldOut = 8 } }).In(new TrainingSurroundings { Readers = readers });
            using ITrainingTask task = create(own);
            new TrainingRun(own, task, folder.File(name)).Run(false, CancellationToken.None);
        }
    }

    [Fact]
    public void Batches_are_planned_with_the_numbers_that_the_runs_own_generator_gives()
    {
        using ClipTask task = new(ClipRecipes.Smoke with { Steps = 3 });
        using Generator run = new(11);
        PlannedBatch[] planned = [.. new BatchPlan(ClipRecipes.Smoke with { Steps = 3 }, task, new SampleOrder(1, 64), null).After(1, run)];
        Assert.Equal(2, planned.Length);
        Assert.All(planned, p => BatchPlan.Take(p, run));                                               // in this order, and from the untouched state
        Assert.Throws<InvalidOperationException>(() => BatchPlan.Take(planned[0], run));
    }

    private static (TrainingConfig, Func<TrainingConfig, ITrainingTask>) Of(string system) => system switch
    {
        ClipTask.System => (ClipRecipes.Smoke with { Batch = 3 }, c => new ClipTask(c)),
        LanguageTask.System => (LanguageRecipes.Smoke with { Batch = 4, MicroBatch = 2 }, c => new LanguageTask(c)),
        JudgeTask.System => (JudgeRecipes.Smoke with { Batch = 4, MicroBatch = 2 }, c => new JudgeTask(c)),
        LpipsTask.System => (LpipsRecipes.Smoke with { Batch = 4, MicroBatch = 2 }, c => new LpipsTask(c)),
        _ => (LanguageRecipes.Smoke with { Batch = 4, Shards = 2, MicroBatch = 1 }, c => new LanguageTask(c)),
    };
}
