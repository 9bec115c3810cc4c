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
