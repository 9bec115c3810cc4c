using System.Text.Json;
using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Generation;
using Pipeline.Models.LlavaNext;
using Pipeline.TestKit;
using Pipeline.Training.Contrast;
using Pipeline.Training.Data;
using Pipeline.Training.Language;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Language;

public sealed class LanguageTrainingTests
{
    private static TrainingConfig TenSteps => LanguageRecipes.Smoke with { Steps = 10, Batch = 3, MicroBatch = 2, CheckpointEvery = 10, Data = new WorldData { Scenes = 64, HeldOut = 1 } };

    [Fact]
    public void Smoke_training_lowers_the_loss_by_a_quarter_and_scores_every_figure()
    {
        using TemporaryFolder folder = new();
        using LanguageTask task = new(LanguageRecipes.Smoke);
        new TrainingRun(LanguageRecipes.Smoke, task, folder.Path).Run(false, CancellationToken.None);

        SmokeCheck check = SmokeCheck.Of(folder.Path, LanguageRecipes.SmokeMargin);
        Assert.Equal(0.75, check.Margin);
        Assert.True(check.Passed, check.ToString());
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        string[] names = [.. scores.RootElement.EnumerateObject().Select(p => p.Name)];
        Assert.Equal(task.ScoreName, names[0]);
        Assert.All(["strict JSON (%)", "sky right (%)", "mean box IoU"], n => Assert.Contains(n, names));
        Assert.All(scores.RootElement.EnumerateObject(), p => Assert.InRange(p.Value.GetDouble(), 0, 100));
    }

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit() => TrainingFixture.AssertResumes(TenSteps, config => new LanguageTask(config));

    [Fact]
    public void Both_questions_in_one_pass_cost_what_they_cost_when_asked_alone()
    {
        // The packed pass must give every token of both answers the probability that the pipeline's own session gives it.
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        using LanguageTask task = new(LanguageRecipes.Smoke with { Task = JsonSerializer.SerializeToElement(new { attention = 0, otherShapes = 0 }) });
        task.Export(folder.Path, new Dictionary<string, string>());
        using Generator random = new(7);
        double[] draws = empty([task.DrawsOf(1)], ScalarType.Float64).uniform_(0, 1L << 52, random).data<double>().ToArray();
        LossTerms packed;
        using (no_grad())
        {
            packed = task.Load([new Sample(5, 0)], draws)(random);
        }

        LanguageSample sample = LanguageSample.Of(Scene.Sample(5), (ulong)draws[0], new LanguageOptions().Hints);
        using LlavaNextModel model = LlavaNextModel.Load(folder.Path);
        double[] alone = [.. new[] { sample.SceneTurn, sample.EmotionTurn }.Select(turn => CrossEntropy(model, sample.Picture.Image, turn))];
        Assert.Equal(alone[0], packed.Parts.Single(p => p.Name == "scene").Value.ToDouble(), 4);
        Assert.Equal(alone[1], packed.Parts.Single(p => p.Name == "emotion").Value.ToDouble(), 4);
    }

    [Fact]
    public void The_tower_starts_from_the_base_CLIP_and_frozen_layers_stay()
    {
        using TemporaryFolder folder = new();
        TrainingConfig clip = ClipRecipes.Smoke with { Steps = 1, Batch = 2, CheckpointEvery = 1 };
        using (ClipTask trained = new(clip))
        {
            new TrainingRun(clip, trained, folder.File("clip")).Run(false, CancellationToken.None);
        }

        TrainingConfig config = TenSteps with
        {
            Steps = 2, Average = 0, Base = new Dictionary<string, string> { ["clip"] = folder.File("clip", "model") }, Task = JsonSerializer.SerializeToElement(new { frozenLayers = 1 }),
        };
        using LanguageTask task = new(config);
        new TrainingRun(config, task, folder.File("mllm")).Run(false, CancellationToken.None);
        using SafetensorsFile before = SafetensorsFile.Open(folder.File("clip", "model", "model.safetensors")), after = SafetensorsFile.Open(folder.File("mllm", "model", "model.safetensors"));
        Assert.All(
            ["vision_model.embeddings.patch_embedding.weight", "vision_model.encoder.layers.0.mlp.fc1.weight", "vision_model.pre_layrnorm.weight"],
            n => Assert.Equal(before.ReadDoubles(n), after.ReadDoubles("vision_tower." + n)));
    }

    [Fact]
    public void Training_leaves_no_tensor_behind() => TrainingFixture.AssertNothingLeft(TenSteps with { Steps = 2 }, config => new LanguageTask(config));

    [Fact]
    public void A_model_for_another_tokenizer_is_refused()
    {
        string model = LanguageRecipes.Smoke.Model.GetRawText().Replace("\"image_token_index\": ", "\"image_token_index\": 1", StringComparison.Ordinal);
        TrainingConfig config = LanguageRecipes.Smoke with { Model = JsonSerializer.Deserialize<JsonElement>(model) };
        Assert.Contains("image_token_index", Assert.Throws<TrainingException>(() => new LanguageTask(config)).Message, StringComparison.Ordinal);
    }

    private static double CrossEntropy(LlavaNextModel model, RgbImage picture, LanguageSample.Turn turn)
    {
        using LlavaNextSession session = model.Look(picture);
        double sum = 0;
        for (int i = 0; i < turn.Answer.Count; i++)
        {
            Recorder recorder = new();
            session.Continue([.. turn.Prompt, .. turn.Answer.Take(i)], new GenerationOptions { MaxNewTokens = 1 }, observer: recorder);
            double most = recorder.Logits.Max();
            sum += most + Math.Log(recorder.Logits.Sum(l => Math.Exp(l - most))) - recorder.Logits[turn.Answer[i]];
        }

        return sum / turn.Answer.Count;
    }

    private sealed class Recorder : IGenerationObserver
    {
        public float[] Logits { get; private set; } = [];

        public void OnLogits(int step, Tensor logits) => Logits = logits.data<float>().ToArray();
    }
}
