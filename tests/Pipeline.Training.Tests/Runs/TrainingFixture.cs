using Pipeline.Models.Checkpoints;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Tests.Runs;

/// <summary>Runs of the smallest autoencoder, each with a fresh network and trainer as a new process would have.</summary>
internal static class TrainingFixture
{
    public static TrainingConfig TenSteps => AutoencoderRecipes.Smoke with { Steps = 10, Batch = 3, MicroBatch = 2, CheckpointEvery = 4 };

    /// <summary>Trains in a folder; a drain is asked for after <paramref name="drainAfter"/>.</summary>
    public static TrainingOutcome Train(string folder, TrainingConfig config, bool resume = false, long drainAfter = long.MaxValue)
    {
        using AutoencoderTask task = new(config);
        using CancellationTokenSource drain = new();
        return new TrainingRun(config, task, folder, p => CancelAt(p.Step, drainAfter, drain)).Run(resume, drain.Token);
    }

    /// <summary>Ten steps are those of five, and five after a resume: all losses and the files of the last checkpoint.</summary>
    /// <param name="config">Ten steps.</param>
    /// <param name="create">Makes the task, as a new process would.</param>
    /// <param name="more">Further files that the checkpoint has.</param>
    public static void AssertResumes(TrainingConfig config, Func<TrainingConfig, ITrainingTask> create, params string[] more)
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource drain = new();
        using (ITrainingTask whole = create(config), part = create(config), rest = create(config))
        {
            new TrainingRun(config, whole, folder.File("whole")).Run(false, CancellationToken.None);
            new TrainingRun(config, part, folder.File("parts"), p => CancelAt(p.Step, 5, drain)).Run(false, drain.Token);
            new TrainingRun(config, rest, folder.File("parts")).Run(true, CancellationToken.None);
        }

        Assert.Equal(File.ReadAllText(folder.File("whole", "losses.csv")), File.ReadAllText(folder.File("parts", "losses.csv")));
        Assert.All(["adapter.safetensors", "optimizer.safetensors", "average.safetensors", "rng.safetensors", .. more], f => Assert.Equal(
            Checkpoint(folder, "whole", 10, f), Checkpoint(folder, "parts", 10, f)));
    }

    /// <summary>A run leaves no tensor behind.</summary>
    public static void AssertNothingLeft(TrainingConfig config, Func<TrainingConfig, ITrainingTask> create)
    {
        using TemporaryFolder folder = new();
        Run("warm");
        long before = LiveTensors.Settled();
        Run("counted");
        LiveTensors.AssertBackTo(before);

        void Run(string name)
        {
            using ITrainingTask task = create(config);
            new TrainingRun(config, task, folder.File(name)).Run(false, CancellationToken.None);
        }
    }

    public static byte[] Checkpoint(TemporaryFolder folder, string run, long step, string file) =>
        File.ReadAllBytes(CheckpointPath(folder, run, step, file));

    public static string CheckpointPath(TemporaryFolder folder, string run, long step, string file) =>
        folder.File(run, "checkpoints", $"step-{step:D9}", file);

    public static double[] Weights(string path, string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.ReadDoubles(name);
    }

    private static void CancelAt(long step, long at, CancellationTokenSource drain)
    {
        if (step == at)
        {
            drain.Cancel();
        }
    }
}
