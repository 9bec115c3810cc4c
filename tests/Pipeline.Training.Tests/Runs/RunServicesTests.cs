using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Checkpoints;
using Pipeline.Training.Contrast;
using Pipeline.Training.Family;
using Pipeline.Training.Runs;
using Pipeline.Training.SelfDistillation;
using static Pipeline.Training.Tests.Runs.TrainingFixture;

namespace Pipeline.Training.Tests.Runs;

public sealed class RunServicesTests
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Fact]
    public void A_fork_starts_at_the_parents_average_with_fresh_moments_and_names_its_parent()
    {
        using TemporaryFolder folder = new();
        Train(folder.File("parent"), TenSteps);
        double[] average = Weights(CheckpointPath(folder, "parent", 10, "average.safetensors"), "decoder.conv_in.weight");

        TrainingConfig still = TenSteps with { Steps = 1, Seed = 99, Average = 0, Optimiser = new OptimiserConfig { Rate = 1e-12 } };
        Fork(still, folder.File("parent"), folder.File("child"));
        double[] child = Weights(CheckpointPath(folder, "child", 1, "adapter.safetensors"), "decoder.conv_in.weight");
        Assert.All(average.Zip(child), p => Assert.Equal(p.First, p.Second, 1e-7));
        double[] moments = Weights(CheckpointPath(folder, "child", 1, "optimizer.safetensors"), "decoder.conv_in.weight.exp_avg_sq");
        Assert.True(moments.Max() < Weights(CheckpointPath(folder, "parent", 10, "optimizer.safetensors"), "decoder.conv_in.weight.exp_avg_sq").Max());

        TrainingProvenance provenance = JsonSerializer.Deserialize<TrainingProvenance>(File.ReadAllBytes(CheckpointPath(folder, "child", 1, "provenance.json")), s_json)!;
        Assert.Equal(FileDigests.Sha256(CheckpointPath(folder, "parent", 10, "COMPLETE")), provenance.ParentHash);
        Assert.Contains(provenance.ParentHash![..16], File.ReadAllText(folder.File("child", "model", "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fork_from_nothing_from_another_system_or_from_a_changed_file_is_refused()
    {
        using TemporaryFolder folder = new();
        Train(folder.File("parent"), TenSteps, drainAfter: 2);
        Assert.Contains("no complete checkpoint", Assert.Throws<TrainingException>(() => Fork(TenSteps, folder.File("nowhere"), folder.File("a"))).Message, StringComparison.Ordinal);
        TrainingConfig dino = DinoRecipes.Smoke with { Steps = 2 };
        using ITrainingTask task = DinoTask.For(dino);
        TrainingException other = Assert.Throws<TrainingException>(() =>
            new TrainingRun(dino, task, folder.File("b"), null, new TrainingRunOptions { Fork = folder.File("parent") }).Run(false, CancellationToken.None));
        Assert.Contains("holds vae", other.Message, StringComparison.Ordinal);
        string average = CheckpointPath(folder, "parent", 2, "average.safetensors");
        byte[] bytes = File.ReadAllBytes(average);
        bytes[^1] ^= 1;
        File.WriteAllBytes(average, bytes);
        Assert.Contains("average.safetensors", Assert.Throws<TrainingException>(() => Fork(TenSteps, folder.File("parent"), folder.File("c"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fork_of_a_teacher_takes_the_teacher_along()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = DinoRecipes.DistillationSmoke with { Steps = 3, Batch = 4, CheckpointEvery = 3, Data = new WorldData { Scenes = 64, HeldOut = 8 } };
        using DinoTask parent = new(config), child = new(config with { Seed = 77 });
        new TrainingRun(config, parent, folder.File("parent")).Run(false, CancellationToken.None);
        TrainingConfig still = config with { Seed = 77, Steps = 1, Optimiser = new OptimiserConfig { Rate = 1e-12 } };
        new TrainingRun(still, child, folder.File("child"), null, new TrainingRunOptions { Fork = folder.File("parent") }).Run(false, CancellationToken.None);
        const string Key = "teacher.vit.encoder.layer.0.intermediate.dense.weight";
        double[] one = Weights(CheckpointPath(folder, "parent", 3, "task.safetensors"), Key), two = Weights(CheckpointPath(folder, "child", 1, "task.safetensors"), Key);
        double moved = one.Zip(two, (a, b) => Math.Abs(a - b)).Max(), size = one.Max(Math.Abs);
        Assert.True(moved < 0.2 * size, $"{moved} of {size}"); // one step of the average towards the student, not another start
    }

    [Fact]
    public void Half_precision_halves_the_file_keeps_the_metadata_and_loads()
    {
        using TemporaryFolder folder = new();
        Train(folder.File("single"), TenSteps);
        using (AutoencoderTask task = new(TenSteps))
        {
            new TrainingRun(TenSteps, task, folder.File("half"), null, new TrainingRunOptions { Half = true }).Run(false, CancellationToken.None);
        }

        string name = Path.Combine("model", "diffusion_pytorch_model.safetensors");
        using SafetensorsFile single = SafetensorsFile.Open(folder.File("single", name)), half = SafetensorsFile.Open(folder.File("half", name));
        Assert.Equal(single.Metadata, half.Metadata);
        Assert.Equal(single.Names.Order(StringComparer.Ordinal), half.Names.Order(StringComparer.Ordinal));
        Assert.InRange(half.Length, single.Length / 3, (single.Length / 2) + 8192);
        foreach (string tensor in single.Names)
        {
            Assert.All(single.ReadDoubles(tensor).Zip(half.ReadDoubles(tensor)), p => Assert.Equal(p.First, p.Second, (1e-3 * Math.Abs(p.First)) + 1e-6));
        }

        using AutoencoderKL loaded = AutoencoderKL.Load(folder.File("half", "model"));
        Assert.Contains("half precision", File.ReadAllText(folder.File("half", "model", ModelCard.File)), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_beyond_half_precision_are_refused()
    {
        using TemporaryFolder folder = new();
        using TorchSharp.torch.Tensor large = TorchSharp.torch.full([2], 1e6, TorchSharp.torch.ScalarType.Float32);
        SafetensorsWriter.Write(folder.File("model.safetensors"), [("w", large)]);
        Assert.Contains("w", Assert.Throws<TrainingException>(() => HalfPrecision.Convert(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_card_tells_data_recipe_figures_and_licence_and_is_no_part_of_the_digest()
    {
        using TemporaryFolder folder = new();
        Train(folder.Path, TenSteps);
        string model = folder.File("model"), card = File.ReadAllText(Path.Combine(model, ModelCard.File));
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        double psnr = scores.RootElement.GetProperty("PSNR (dB)").GetDouble();
        Assert.All(["license: mit", "vae, pixels", "10 steps of 3", "seed 1", psnr.ToString("0.####", CultureInfo.InvariantCulture), "wall time", "\"steps\": 10"], part =>
            Assert.True(card.Contains(part, StringComparison.Ordinal), part));
        string before = ModelDirectory.Digest(model);
        File.AppendAllText(Path.Combine(model, ModelCard.File), "corrected");
        Assert.Equal(before, ModelDirectory.Digest(model));
        File.AppendAllText(Path.Combine(model, "config.json"), " ");
        Assert.NotEqual(before, ModelDirectory.Digest(model));
    }

    [Fact]
    public void Every_step_is_measured_with_its_system()
    {
        Dictionary<string, List<double>> seen = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == TrainingMeter.Name)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        using TemporaryFolder folder = new();
        Train(folder.Path, TenSteps with { System = "measured" });
        listener.Dispose();
        Assert.Equal(10, seen["moodpipe.training.loss"].Count);
        Assert.Equal(30, seen["moodpipe.training.samples"].Sum());
        Assert.All(seen["moodpipe.training.rate"], rate => Assert.InRange(rate, 1e-9, 3e-3));
        Assert.Equal(3, seen["moodpipe.training.score"].Count); // steps 4, 8 and 10
        Assert.Equal(10, seen["moodpipe.training.speed"].Count);

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length == 1 && tags[0] is { Key: "system", Value: "measured" })
            {
                (seen.TryGetValue(instrument.Name, out List<double>? list) ? list : seen[instrument.Name] = []).Add(value);
            }
        }
    }

    [Fact]
    public void Every_member_of_the_family_has_a_trainer_and_comes_after_those_it_builds_on()
    {
        HashSet<string> before = [];
        foreach (FamilyMember member in FamilyRun.TinyWorld)
        {
            Assert.Contains(member.System, Trainers.All.Select(t => t.System));
            Assert.Subset(before, member.Bases.Values.ToHashSet());
            Assert.True(before.Add(member.System), member.System);
        }

        // MoodifyCLIP goes on from a trained CLIP and is not shipped.
        Assert.Equal(before.Append(MoodifyClipTask.System).Order(StringComparer.Ordinal), Trainers.All.Select(t => t.System).Order(StringComparer.Ordinal));
        Assert.All(Trainers.All, t => Assert.Equal((t.System, t.System), (t.Full().System, t.Smoke().System)));
    }

    [Fact]
    public void A_family_goes_on_where_it_was_and_ships_what_it_should()
    {
        using TemporaryFolder folder = new();
        List<string> created = [];
        Trainer Tiny(string system) => new(system, "", () => throw new InvalidOperationException(), () => TenSteps with { System = system, Steps = 16 }, 2, config =>
        {
            created.Add($"{system}({string.Join(',', config.Base?.Select(b => $"{b.Key}={Directory.Exists(b.Value)}") ?? [])})");
            return new AutoencoderTask(config);
        });
        FamilyMember[] members = [new("first", new Dictionary<string, string>(), "one"), new("second", new Dictionary<string, string> { ["role"] = "first" }, null)];
        FamilyRun Family() => new(folder.Path, [Tiny("second"), Tiny("first")], members, smoke: true, half: true);

        using CancellationTokenSource drain = new();
        int steps = 0;
        FamilyOutcome stopped = Family().Run(_ => { }, _ => (++steps == 20 ? drain : null)?.Cancel(), drain.Token);
        Assert.False(stopped.Finished);
        Assert.False(Directory.Exists(folder.File("models")));
        FamilyOutcome finished = Family().Run(_ => { }, null, CancellationToken.None);
        Assert.True(finished.Finished);
        Assert.Empty(finished.Failed);
        Assert.Equal(["first()", "second(role=True)", "second(role=True)"], created);
        Assert.Equal(["one"], Directory.EnumerateDirectories(folder.File("models")).Select(d => Path.GetFileName(d)));
        Assert.True(File.Exists(folder.File("models", "one", "diffusion_pytorch_model.safetensors")));
        Assert.Equal(32, LossLog.Read(folder.File("first", "losses.csv")).Count + LossLog.Read(folder.File("second", "losses.csv")).Count);
    }

    [Fact]
    public void A_family_computes_every_member_in_the_precision_that_is_asked_for()
    {
        using TemporaryFolder folder = new();
        Trainer Tiny(string system) => new(system, "", () => TenSteps with { System = system, Steps = 1 }, () => throw new InvalidOperationException(), 2, config => new AutoencoderTask(config));
        FamilyMember[] members = [new("first", new Dictionary<string, string>(), null), new("second", new Dictionary<string, string> { ["role"] = "first" }, null)];
        FamilyRun Family(TrainingPrecision precision) => new(folder.Path, [Tiny("first"), Tiny("second")], members, smoke: false, half: true, null, precision);

        Assert.Contains("does not compute float16", Assert.Throws<TrainingException>(() => Family(TrainingPrecision.Float16).Run(_ => { }, null, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.True(Family(TrainingPrecision.Bfloat16).Run(_ => { }, null, CancellationToken.None).Finished);
        Assert.All(members, m => Assert.Equal(TrainingPrecision.Bfloat16, TrainingConfig.Read(folder.File(m.System, TrainingRun.ConfigFile)).Precision));
    }

    [Fact]
    public void Another_device_changes_no_digest()
    {
        TrainingConfig there = TenSteps with { Device = TorchSharp.torch.CUDA };
        Assert.Equal(TenSteps.Digest(), there.Digest());
        Assert.Equal(TenSteps.ToJson(), there.ToJson());
    }

    private static void Fork(TrainingConfig config, string parent, string folder)
    {
        using AutoencoderTask task = new(config);
        new TrainingRun(config, task, folder, null, new TrainingRunOptions { Fork = parent }).Run(false, CancellationToken.None);
    }
}
