using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.TestKit;
using Pipeline.Training.Contrast;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

public sealed class ClipTrainingTests
{
    private static TrainingConfig TenSteps => ClipRecipes.Smoke with { Steps = 10, Batch = 3, CheckpointEvery = 10 };

    [Fact]
    public void Smoke_training_lowers_the_loss_by_a_fifth_and_finds_captions_above_chance()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = ClipRecipes.Smoke;
        using ClipTask task = new(config);
        TrainingOutcome outcome = new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);

        SmokeCheck check = SmokeCheck.Of(folder.Path, ClipRecipes.SmokeMargin);
        Assert.Equal(0.8, check.Margin);
        Assert.True(check.Passed, check.ToString());
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        Assert.Equal(["retrieval@1 (%)", "object word (%)", "colour word (%)", "place word (%)", "sky word (%)", "retrieval@1 by long captions (%)"], scores.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.All(scores.RootElement.EnumerateObject(), p => Assert.InRange(p.Value.GetDouble(), 0, 100));
        Assert.True(scores.RootElement.GetProperty("place word (%)").GetDouble() > 50, scores.RootElement.ToString()); // chance is 25
        Assert.True(outcome.Score > 4 * 100.0 / config.Data.HeldOut, $"{outcome.Score} %"); // chance is one of all held-out pictures
    }

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource drain = new();
        using (ClipTask whole = new(TenSteps), part = new(TenSteps), rest = new(TenSteps))
        {
            new TrainingRun(TenSteps, whole, folder.File("whole")).Run(false, CancellationToken.None);
            new TrainingRun(TenSteps, part, folder.File("parts"), p => (p.Step == 5 ? drain : null)?.Cancel()).Run(false, drain.Token);
            new TrainingRun(TenSteps, rest, folder.File("parts")).Run(true, CancellationToken.None);
        }

        Assert.Equal(File.ReadAllText(folder.File("whole", "losses.csv")), File.ReadAllText(folder.File("parts", "losses.csv")));
        Assert.Equal(File.ReadAllBytes(folder.File("whole", "model", "model.safetensors"))[^4096..], File.ReadAllBytes(folder.File("parts", "model", "model.safetensors"))[^4096..]);
        Assert.All(["adapter.safetensors", "optimizer.safetensors", "rng.safetensors"], f => Assert.Equal(
            TrainingFixture.Checkpoint(folder, "whole", 10, f), TrainingFixture.Checkpoint(folder, "parts", 10, f)));
    }

    [Fact]
    public void A_locked_image_tower_stays_bit_for_bit_while_the_text_tower_learns_long_captions()
    {
        using TemporaryFolder folder = new();
        using (ClipTask first = new(TenSteps))
        {
            new TrainingRun(TenSteps, first, folder.File("first")).Run(false, CancellationToken.None);
        }

        TrainingConfig config = TenSteps with { System = ClipRecipes.LongSystem, Task = ClipRecipes.Long.Task, Base = new Dictionary<string, string> { ["clip"] = folder.File("first", "model") } };
        using (ClipTask second = new(config))
        {
            new TrainingRun(config, second, folder.File("second")).Run(false, CancellationToken.None);
        }

        using SafetensorsFile before = SafetensorsFile.Open(folder.File("first", "model", "model.safetensors")), after = SafetensorsFile.Open(folder.File("second", "model", "model.safetensors"));
        Assert.Equal(before.Names.Order(StringComparer.Ordinal), after.Names.Order(StringComparer.Ordinal));
        string[] changed = [.. before.Names.Where(n => !before.ReadDoubles(n).SequenceEqual(after.ReadDoubles(n)))];
        Assert.Contains("text_model.embeddings.position_embedding.weight", changed);
        Assert.DoesNotContain(changed, n => n.StartsWith("vision", StringComparison.Ordinal) || n.StartsWith("visual", StringComparison.Ordinal));
        Assert.Contains("--base clip=DIR", Assert.Throws<TrainingException>(() => new ClipTask(config with { Base = null })).Message);
    }

    [Fact]
    public void Long_captions_reach_the_late_positions_fit_the_tower_and_tell_variants_apart()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            string[] captions = [.. SceneVariants.Of(Scene.Sample(seed), seed).Select(s => LongCaption.Of(s, seed))];
            Assert.Equal(captions.Length, captions.Distinct().Count());
            Assert.All(captions, c => Assert.InRange(WorldTokenizer.Clip.Encode(c).Count, 26, 77));
        }
    }

    [Fact]
    public void The_exported_folder_embeds_pictures_and_captions_as_the_training_did()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = TenSteps with { Average = 0 };
        using ClipTask task = new(config);
        double score = new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None).Score!.Value;

        using DisposeScope scope = NewDisposeScope();
        using ClipEmbedder embedder = ClipEmbedder.Load(folder.File("model"));
        Scene[] scenes = [.. Enumerable.Range(0, config.Data.HeldOut).Select(i => Scene.Sample(config.Data.FirstHeldOut + (ulong)i))];
        Tensor images = embedder.EmbedImages([.. scenes.Select(s => SceneRenderer.Render(s).Image)]);
        Tensor texts = embedder.EmbedTexts([.. scenes.Select(s => SceneCaption.Short(s))]);
        Tensor cosines = images.matmul(texts.transpose(0, 1));
        Tensor own = arange(scenes.Length, ScalarType.Int64);
        double found = cosines.argmax(1).eq(own).sum().ToDouble() + cosines.argmax(0).eq(own).sum().ToDouble();
        Assert.Equal(score, 100 * found / (2 * scenes.Length), 6);
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        using TemporaryFolder folder = new();
        Train(folder.File("warm"));
        long before = LiveTensors.Settled();
        Train(folder.File("counted"));
        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void Every_word_of_the_world_is_one_token() => Assert.All(
        Enumerable.Range(0, 500).Select(i => SceneCaption.Short(Scene.Sample(1_000_000 + (ulong)i))),
        caption => Assert.Equal(caption.Replace(",", " ,", StringComparison.Ordinal).Split(' ').Length + 2, WorldTokenizer.Clip.Encode(caption).Count));

    private static void Train(string folder)
    {
        TrainingConfig config = TenSteps with { Steps = 2 };
        using ClipTask task = new(config);
        new TrainingRun(config, task, folder).Run(false, CancellationToken.None);
    }
}
