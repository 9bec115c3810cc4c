using System.Text.Json;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Blip2;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.TestKit;
using Pipeline.Training.Captioning;
using Pipeline.Training.Contrast;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Captioning;

public sealed class CaptionTrainingTests
{
    private static TrainingConfig TenSteps => CaptionRecipes.Smoke with { Steps = 10, Batch = 3, MicroBatch = 2, CheckpointEvery = 10, Data = new WorldData { Scenes = 64, HeldOut = 2 } };

    [Fact]
    public void Smoke_training_lowers_the_loss_by_two_fifths_and_scores_every_attribute()
    {
        using TemporaryFolder folder = new();
        using CaptionTask task = new(CaptionRecipes.Smoke);
        new TrainingRun(CaptionRecipes.Smoke, task, folder.Path).Run(false, CancellationToken.None);

        SmokeCheck check = SmokeCheck.Of(folder.Path, CaptionRecipes.SmokeMargin);
        Assert.Equal(0.6, check.Margin);
        Assert.True(check.Passed, check.ToString());
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        string[] names = [.. scores.RootElement.EnumerateObject().Select(p => p.Name)];
        Assert.Equal(task.ScoreName, names[0]);
        Assert.All(["objects right (%)", "colours right (%)", "place right (%)", "emotion right (%)"], n => Assert.Contains(n, names));
        Assert.All(scores.RootElement.EnumerateObject(), p => Assert.InRange(p.Value.GetDouble(), 0, 100));
    }

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit() => TrainingFixture.AssertResumes(TenSteps, config => new CaptionTask(config));

    [Fact]
    public void Training_leaves_no_tensor_behind() => TrainingFixture.AssertNothingLeft(TenSteps with { Steps = 2 }, config => new CaptionTask(config));

    [Fact]
    public void The_longest_caption_fits_into_what_the_caption_stage_writes()
    {
        int longest = Enumerable.Range(0, 3_000).Max(i => CaptionTokenizer.Shared.Encode(SceneCaption.Short(Scene.Sample((ulong)i))).Count - 1);
        Assert.InRange(longest, 18, new CaptionOptions().MaxNewTokens);
    }

    [Fact]
    public void Attributes_are_counted_one_by_one()
    {
        Scene scene = Scene.Sample(3) with { Objects = [new SceneObject(ObjectKind.Dog, ObjectColour.Red, Surface.Striped, 1, 30, 55, 14, false)], Place = Place.Beach, Sky = Mood.Anger, Stimulus = Mood.Anger };
        Assert.Equal("a striped red dog on the beach under a burning sky with fire, anger", SceneCaption.Short(scene));
        Dictionary<string, double> Of(string caption) => CaptionScore.Measure([scene], [caption]).ToDictionary(f => f.Name, f => f.Value);

        Assert.All(Of(SceneCaption.Short(scene)), f => Assert.Equal(100, f.Value));
        Dictionary<string, double> wrong = Of("a dotted blue dog on the street under a burning sky with rain");
        Assert.Equal(["objects right (%)", "sky right (%)"], wrong.Where(f => f.Value > 0).Select(f => f.Key));
        Assert.All(Of(""), f => Assert.Equal(0, f.Value));
        Scene dark = scene with { Sky = Mood.Fear };
        IReadOnlyList<(string Name, double Value)> other = CaptionScore.Measure([dark], ["a striped orange dog on the beach under a dark sky with fire"]);
        Assert.Equal([0, 100], other.Take(2).Select(f => f.Value));
    }

    [Fact]
    public void The_tower_starts_close_to_the_base_CLIP_although_its_first_norm_is_gone()
    {
        using TemporaryFolder folder = new();
        TrainingConfig clip = ClipRecipes.Smoke with { Steps = 20, Average = 0, CheckpointEvery = 20 };
        using (ClipTask trained = new(clip))
        {
            new TrainingRun(clip, trained, folder.Path).Run(false, CancellationToken.None);
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        TrainingConfig config = CaptionRecipes.Smoke with { Base = new Dictionary<string, string> { ["clip"] = folder.File("model") } };
        using CaptionTask task = new(config);
        task.Network.eval();
        Tensor pixels = WorldPictures.Render(Enumerable.Range(5_000, 16).Select(i => (ulong)i), PixelRange.SignedUnit);
        using ClipVisionModel tower = ClipVisionModel.Load(folder.File("model"));
        using SafetensorsFile weights = SafetensorsFile.Open(folder.File("model", "model.safetensors"));
        Tensor wanted = nn.functional.layer_norm(
            tower.HiddenState(pixels, -1), [32], weights.ReadTensor("vision_model.post_layernorm.weight", CPU, ScalarType.Float32), weights.ReadTensor("vision_model.post_layernorm.bias", CPU, ScalarType.Float32));
        using Pipeline.Models.Probing.ActivationProbe probe = new("vision.last");
        _ = ((Blip2Network)task.Network).Look(pixels, probe);
        Tensor error = probe["vision.last"] - wanted;
        double share = (error * error).mean().ToDouble() / (wanted * wanted).mean().ToDouble();
        Assert.InRange(share, 0, 0.3);      // of unrelated weights it is near 2
    }

    [Fact]
    public void A_model_for_another_tokenizer_is_refused()
    {
        string model = CaptionRecipes.Smoke.Model.GetRawText().Replace("\"vocab_size\": ", "\"vocab_size\": 1", StringComparison.Ordinal);
        TrainingConfig config = CaptionRecipes.Smoke with { Model = JsonSerializer.Deserialize<JsonElement>(model) };
        Assert.Contains("vocab_size", Assert.Throws<TrainingException>(() => new CaptionTask(config)).Message, StringComparison.Ordinal);
    }
}
