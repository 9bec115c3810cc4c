using System.Text.Json;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Captioning;
using Pipeline.Training.Contrast;
using Pipeline.Training.Data;
using Pipeline.Training.Denoising;
using Pipeline.Training.Judging;
using Pipeline.Training.Runs;
using Pipeline.Training.SelfDistillation;
using Pipeline.Training.Tests.Denoising;
using Pipeline.Training.Tests.Runs;

namespace Pipeline.Training.Tests.Data;

/// <summary>Trainers on files of pictures in place of scenes.</summary>
public sealed class ManifestTrainingTests(BaseModels bases) : IClassFixture<BaseModels>
{
    private static readonly ManifestOptions s_varied = new() { Side = 16, Crop = CropMode.Random, Flip = true };

    [Fact]
    public void A_manifest_of_the_worlds_pictures_trains_the_weights_of_the_world_itself_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        TrainingConfig world = TrainingFixture.TenSteps with { Data = new WorldData { Scenes = 24, HeldOut = 4 } };
        TrainingConfig files = world.On(PictureFolder.OfWorld(folder, world.Data));
        TrainingOutcome first = TrainingFixture.Train(folder.File("world"), world), second = TrainingFixture.Train(folder.File("files"), files);

        Assert.Equal(first, second);
        Assert.All(["adapter.safetensors", "average.safetensors"], f => Assert.Equal(
            Values(TrainingFixture.CheckpointPath(folder, "world", 10, f)), Values(TrainingFixture.CheckpointPath(folder, "files", 10, f))));
        string card = File.ReadAllText(folder.File("files", "model", ModelCard.File));
        Assert.Contains("24 pictures of `pictures.jsonl`, 64x64; held out: 4", card, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Path, card, StringComparison.Ordinal);
        Assert.DoesNotContain("license: mit", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Smoke_training_of_the_autoencoder_lowers_its_loss_by_a_quarter()
    {
        using TemporaryFolder folder = new();
        WorldFolderOf(folder, 80);
        TrainingConfig config = (AutoencoderRecipes.Smoke with { Data = new WorldData { HeldOut = 4 } }).On(folder.File("world", "metadata.jsonl"), new ManifestOptions { HeldOutShare = 0.2 });
        TrainingFixture.Train(folder.File("run"), config);
        AssertFell(folder, AutoencoderRecipes.SmokeMargin);
    }

    [Fact]
    public void Smoke_training_of_the_denoiser_lowers_its_loss_says_what_it_leaves_out_and_steps_over_broken_pictures()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = bases.On(DiffusionRecipes.Smoke);
        string manifest = PictureFolder.OfWorld(folder, config.Data);
        File.WriteAllText(folder.File("train", "images", "000000005.png"), "no picture");
        List<string> said = [];
        config = config.On(manifest).In(new TrainingSurroundings { Say = said.Add });
        using DiffusionTask task = new(config);
        new TrainingRun(config, task, folder.File("run")).Run(false, CancellationToken.None);

        AssertFell(folder, DiffusionRecipes.SmokeMargin);
        Assert.Contains(said, s => s.Contains("word localisation is left out", StringComparison.Ordinal));
        Assert.Single(said, s => s.Contains("000000005.png", StringComparison.Ordinal));
        Assert.DoesNotContain("words", File.ReadLines(folder.File("run", "losses.csv")).First(), StringComparison.Ordinal);
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File("run", TrainingRun.ScoresFile)));
        Assert.Contains("CLIP cosine of real pictures", scores.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.DoesNotContain(scores.RootElement.EnumerateObject(), p => p.Name.Contains("IoU", StringComparison.Ordinal));
    }

    [Fact]
    public void Smoke_training_of_clip_lowers_its_loss_with_short_and_long_captions()
    {
        using TemporaryFolder folder = new();
        WorldFolderOf(folder, 160);
        TrainingConfig config = ClipRecipes.LongSmoke.On(folder.File("world", "metadata.jsonl"), new ManifestOptions { HeldOutShare = 0.2 }) with { Batch = 16 };
        using ClipTask task = new(config);
        new TrainingRun(config, task, folder.File("run")).Run(false, CancellationToken.None);
        AssertFell(folder, 0.85);
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File("run", TrainingRun.ScoresFile)));
        Assert.Equal(["retrieval@1 (%)", "retrieval@1 by long captions (%)"], scores.RootElement.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Smoke_training_of_the_captioner_lowers_its_loss()
    {
        using TemporaryFolder folder = new();
        WorldFolderOf(folder, 160);
        TrainingConfig config = CaptionRecipes.Smoke.On(folder.File("world", "metadata.jsonl"), new ManifestOptions { HeldOutShare = 0.1 });
        using CaptionTask task = new(config);
        TrainingOutcome outcome = new TrainingRun(config, task, folder.File("run")).Run(false, CancellationToken.None);
        AssertFell(folder, CaptionRecipes.SmokeMargin);
        Assert.InRange(outcome.Score!.Value, 20, 100);
    }

    [Fact]
    public void Smoke_training_of_dino_by_self_distillation_lowers_its_loss()
    {
        using TemporaryFolder folder = new();
        WorldFolderOf(folder, 160);
        TrainingConfig config = DinoRecipes.DistillationSmoke.On(folder.File("world", "metadata.jsonl"), new ManifestOptions { HeldOutShare = 0.2 });
        using ITrainingTask task = DinoTask.For(config);
        TrainingOutcome outcome = new TrainingRun(config, task, folder.File("run")).Run(false, CancellationToken.None);
        AssertFell(folder, DinoRecipes.SmokeMargin);
        Assert.InRange(outcome.Score!.Value, 0, 100);
    }

    [Fact]
    public void A_resumed_run_goes_on_in_the_same_epoch_with_the_same_crops_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        string manifest = PictureFolder.OfGradients(folder, 20, 7);                  // sixteen to train on: thirty samples reach into the second epoch
        TrainingFixture.AssertResumes(TrainingFixture.TenSteps.On(manifest, s_varied), c => new AutoencoderTask(c));
        TrainingConfig clip = ClipRecipes.Smoke with { Steps = 10, CheckpointEvery = 10 };
        TrainingFixture.AssertResumes(clip.On(manifest, s_varied with { Side = 64 }), c => new ClipTask(c));
        TrainingConfig diffusion = bases.On(DiffusionRecipes.Smoke with { Steps = 10, Batch = 4, MicroBatch = 2, CheckpointEvery = 10 });
        TrainingFixture.AssertResumes(diffusion.On(manifest, s_varied with { Side = 64 }), c => new DiffusionTask(c));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 8)]
    public void What_is_computed_does_not_depend_on_threads_that_read(int readers, int ahead)
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = TrainingFixture.TenSteps.On(PictureFolder.OfGradients(folder, 20, 3, 8), s_varied);
        TrainingFixture.Train(folder.File("one"), config);
        TrainingFixture.Train(folder.File("other"), config.In(new TrainingSurroundings { Readers = readers, Ahead = ahead }));
        Assert.Equal(File.ReadAllText(folder.File("one", "losses.csv")), File.ReadAllText(folder.File("other", "losses.csv")));
        Assert.Equal(TrainingFixture.Checkpoint(folder, "one", 10, "adapter.safetensors"), TrainingFixture.Checkpoint(folder, "other", 10, "adapter.safetensors"));
    }

    [Fact]
    public void Data_may_move_but_not_change()
    {
        using TemporaryFolder folder = new();
        string manifest = PictureFolder.OfGradients(folder, 20);
        TrainingConfig config = TrainingFixture.TenSteps.On(manifest, s_varied);
        TrainingFixture.Train(folder.File("run"), config, drainAfter: 4);
        Directory.CreateDirectory(folder.File("elsewhere"));
        foreach (string file in Directory.EnumerateFiles(folder.Path))
        {
            File.Copy(file, folder.File("elsewhere", Path.GetFileName(file)));
        }

        string moved = folder.File("elsewhere", "pictures.jsonl");
        TrainingFixture.Train(folder.File("run"), config.On(moved, s_varied), resume: true, drainAfter: 6);
        File.AppendAllText(moved, "\n");
        TrainingException error = Assert.Throws<TrainingException>(() => TrainingFixture.Train(folder.File("run"), config.On(moved, s_varied), resume: true));
        Assert.Contains("other data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trainers_of_labels_that_only_scenes_have_refuse_a_manifest()
    {
        using TemporaryFolder folder = new();
        string manifest = PictureFolder.OfGradients(folder, 5);
        Assert.Contains("only scenes", Assert.Throws<TrainingException>(() => new JudgeTask(JudgeRecipes.Smoke.On(manifest))).Message, StringComparison.Ordinal);
        Assert.Contains("must be distillation", Assert.Throws<TrainingException>(() => DinoTask.For(DinoRecipes.Smoke.On(manifest))).Message, StringComparison.Ordinal);
        Assert.Contains("multiple of 4", Assert.Throws<TrainingException>(() => new AutoencoderTask(AutoencoderRecipes.Smoke.On(manifest, new ManifestOptions { Side = 30 }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_file_names_its_manifest_from_its_own_folder()
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 5);
        File.WriteAllText(folder.File("run.json"), AutoencoderRecipes.Smoke.On("pictures.jsonl", s_varied).ToJson());
        TrainingConfig config = TrainingConfig.Read(folder.File("run.json"));
        Assert.Equal(folder.File("pictures.jsonl"), config.Data.Manifest);
        Assert.Equal(s_varied, config.Data.Pictures);
        Assert.DoesNotContain("manifest", AutoencoderRecipes.Smoke.ToJson(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Training_on_files_leaves_no_tensor_behind()
    {
        using TemporaryFolder folder = new();
        string manifest = PictureFolder.OfGradients(folder, 20, 3);
        TrainingFixture.AssertNothingLeft(bases.On(DiffusionRecipes.Smoke with { Steps = 2, Batch = 2 }).On(manifest, new ManifestOptions { Side = 64 }), c => new DiffusionTask(c));
        TrainingFixture.AssertNothingLeft((ClipRecipes.Smoke with { Steps = 2 }).On(manifest, new ManifestOptions { Side = 64 }), c => new ClipTask(c));
    }

    private static void WorldFolderOf(TemporaryFolder folder, int count) => Pipeline.Training.World.WorldFolder.Write(folder.File("world"), 0, count);

    private static void AssertFell(TemporaryFolder folder, double margin)
    {
        SmokeCheck check = SmokeCheck.Of(folder.File("run"), margin);
        Assert.True(check.Passed, check.ToString());
    }

    /// <summary>All values of a file: its metadata names its configuration, which differs.</summary>
    private static double[][] Values(string path)
    {
        using Pipeline.Models.Checkpoints.SafetensorsFile file = Pipeline.Models.Checkpoints.SafetensorsFile.Open(path);
        return [.. file.Names.Order(StringComparer.Ordinal).Select(file.ReadDoubles)];
    }
}
