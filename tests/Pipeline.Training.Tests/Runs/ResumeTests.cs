using System.Text.Json;
using Pipeline.TestKit;
using Pipeline.Training.Runs;
using static Pipeline.Training.Tests.Runs.TrainingFixture;

namespace Pipeline.Training.Tests.Runs;

public sealed class ResumeTests
{
    private static readonly string[] s_tensorFiles = ["adapter.safetensors", "optimizer.safetensors", "average.safetensors", "rng.safetensors"];

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        TrainingOutcome whole = Train(folder.File("whole"), TenSteps);
        TrainingOutcome first = Train(folder.File("parts"), TenSteps, drainAfter: 5);
        TrainingOutcome second = Train(folder.File("parts"), TenSteps, resume: true);

        Assert.Equal((5, false), (first.Step, first.Finished));
        Assert.Equal(whole, second);
        Assert.All(s_tensorFiles, f => Assert.Equal(Checkpoint(folder, "whole", 10, f), Checkpoint(folder, "parts", 10, f)));
        Assert.NotEqual(Checkpoint(folder, "parts", 5, s_tensorFiles[0]), Checkpoint(folder, "parts", 10, s_tensorFiles[0]));
        Assert.Equal(File.ReadAllText(folder.File("whole", "losses.csv")), File.ReadAllText(folder.File("parts", "losses.csv")));
    }

    [Fact]
    public void A_checkpoint_without_its_marker_is_as_if_it_were_not_there()
    {
        using TemporaryFolder folder = new();
        Train(folder.File("whole"), TenSteps);
        Train(folder.File("parts"), TenSteps, drainAfter: 5);
        File.Delete(CheckpointPath(folder, "parts", 5, "COMPLETE"));
        File.WriteAllText(CheckpointPath(folder, "parts", 5, "adapter.safetensors"), "half a file");
        List<long> steps = [];
        using Autoencoder.AutoencoderTask task = new(TenSteps);
        new TrainingRun(TenSteps, task, folder.File("parts"), p => steps.Add(p.Step)).Run(true, CancellationToken.None);

        Assert.Equal(5, steps[0]);
        Assert.Equal(Checkpoint(folder, "whole", 10, "adapter.safetensors"), Checkpoint(folder, "parts", 10, "adapter.safetensors"));
    }

    [Fact]
    public void Another_configuration_is_refused()
    {
        using TemporaryFolder folder = new();
        Train(folder.Path, TenSteps, drainAfter: 2);
        string path = folder.File(TrainingRun.ConfigFile);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"rate\": 0.003", "\"rate\": 0.004", StringComparison.Ordinal));
        TrainingConfig tampered = TrainingConfig.Read(path);
        Assert.Equal(0.004, tampered.Optimiser.Rate);

        TrainingException error = Assert.Throws<TrainingException>(() => Train(folder.Path, tampered, resume: true));
        Assert.Contains("another configuration", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_base_model_is_refused_but_a_moved_one_is_not()
    {
        using TemporaryFolder folder = new();
        foreach ((string name, string content) in new[] { ("first", "{}"), ("moved", "{}"), ("other", "{ }") })
        {
            Directory.CreateDirectory(folder.File(name));
            File.WriteAllText(folder.File(name, "config.json"), content);
        }

        TrainingConfig On(string name) => TrainingFixture.TenSteps with { Base = new Dictionary<string, string> { ["clip"] = folder.File(name) } };
        TrainingFixture.Train(folder.File("run"), On("first"), drainAfter: 4);
        TrainingException error = Assert.Throws<TrainingException>(() => TrainingFixture.Train(folder.File("run"), On("other"), resume: true));
        Assert.Contains("'clip'", error.Message);
        Assert.True(TrainingFixture.Train(folder.File("run"), On("moved"), resume: true).Finished);
        Assert.Throws<TrainingException>(() => TrainingFixture.TenSteps.BaseFolder("clip"));
    }

    [Fact]
    public void Settings_of_another_task_are_refused()
    {
        TrainingConfig config = TrainingFixture.TenSteps with { Task = JsonSerializer.SerializeToElement(new { minutes = 3 }) };
        Assert.Contains("minutes", Assert.Throws<TrainingException>(() => config.TaskOptions<WorldData>()).Message);
    }

    [Fact]
    public void A_changed_file_of_a_checkpoint_is_refused()
    {
        using TemporaryFolder folder = new();
        Train(folder.Path, TenSteps, drainAfter: 2);
        string path = CheckpointPath(folder, ".", 2, "optimizer.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        TrainingException error = Assert.Throws<TrainingException>(() => Train(folder.Path, TenSteps, resume: true));
        Assert.Contains("optimizer.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_a_run_is_not_overwritten()
    {
        using TemporaryFolder folder = new();
        Train(folder.Path, TenSteps, drainAfter: 1);
        byte[] before = Checkpoint(folder, ".", 1, "adapter.safetensors");
        Assert.Throws<TrainingException>(() => Train(folder.Path, TenSteps));
        Assert.Equal(before, Checkpoint(folder, ".", 1, "adapter.safetensors"));
    }

    [Fact]
    public void The_newest_three_checkpoints_and_the_best_are_kept()
    {
        using TemporaryFolder folder = new();
        Train(folder.Path, TenSteps with { CheckpointEvery = 1 });
        string[] kept = [.. Directory.EnumerateDirectories(folder.File("checkpoints")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];
        Assert.InRange(kept.Length, 3, 4);
        Assert.Equal(["step-000000008", "step-000000009", "step-000000010"], kept[^3..]);
    }

    [Fact]
    public void A_checkpoint_is_exported_without_training_and_names_itself_as_the_parent()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = TenSteps with { CheckpointEvery = 4 };
        Train(folder.Path, config, drainAfter: 5);
        byte[] log = File.ReadAllBytes(folder.File("losses.csv"));
        using (Autoencoder.AutoencoderTask task = new(config))
        {
            TrainingOutcome outcome = new TrainingRun(config, task, folder.Path).Export();
            Assert.Equal(5, outcome.Step);
            Assert.InRange(outcome.Score!.Value, 0, 100);
        }

        Assert.Equal(log, File.ReadAllBytes(folder.File("losses.csv")));
        using (Pipeline.Models.Checkpoints.SafetensorsFile model = Pipeline.Models.Checkpoints.SafetensorsFile.Open(folder.File("model", "diffusion_pytorch_model.safetensors")))
        {
            string marker = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(CheckpointPath(folder, ".", 5, "COMPLETE"))));
            Assert.Equal((marker, "5"), (model.Metadata["checkpoint"], model.Metadata["step"]));
        }

        Assert.True(Train(folder.Path, config, resume: true).Finished);
        TrainingException error = Assert.Throws<TrainingException>(() =>
        {
            using Autoencoder.AutoencoderTask task = new(config);
            new TrainingRun(config, task, folder.File("empty")).Export();
        });
        Assert.Contains("no complete checkpoint", error.Message, StringComparison.Ordinal);
    }
}
