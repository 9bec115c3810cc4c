using System.Text.Json;
using Pipeline.Models.Classification;
using Pipeline.TestKit;
using Pipeline.Training.Judging;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

public sealed class JudgeTrainingTests
{
    private static TrainingConfig TenSteps => JudgeRecipes.Smoke with { Steps = 10, Batch = 4, CheckpointEvery = 10 };

    [Fact]
    public void Smoke_training_lowers_the_loss_by_a_quarter_and_tells_places_and_moods_above_chance()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = JudgeRecipes.Smoke;
        using JudgeTask task = new(config);
        new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);

        SmokeCheck check = SmokeCheck.Of(folder.Path, JudgeRecipes.SmokeMargin);
        Assert.True(check.Passed, check.ToString());
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        Assert.Equal(15, scores.RootElement.EnumerateObject().Count());
        Assert.True(scores.RootElement.GetProperty("mood (%)").GetDouble() > 25, scores.RootElement.ToString());   // chance is 11
        Assert.True(scores.RootElement.GetProperty("place (%)").GetDouble() > 40, scores.RootElement.ToString());  // chance is 25
    }

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit() => TrainingFixture.AssertResumes(TenSteps, config => new JudgeTask(config));

    [Fact]
    public void The_exported_folder_judges_pictures_as_the_training_did()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = TenSteps with { Average = 0 };
        using JudgeTask task = new(config);
        double score = new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None).Score!.Value;

        using ImageClassifier classifier = ImageClassifier.Load(folder.File("model"));
        Scene[] scenes = [.. Enumerable.Range(0, config.Data.HeldOut).Select(i => Scene.Sample(config.Data.FirstHeldOut + (ulong)i))];
        List<float[]> scores = [.. scenes.Select(s => Array.ConvertAll(classifier.Classify(SceneRenderer.Render(s).Image), p => (float)p))];
        Assert.Equal(score, JudgeAccuracy.Measure(scenes, scores).Average(f => f.Value), 6);

        using WorldJudge judge = WorldJudge.Load(folder.File("model"));
        SceneVerdict verdict = judge.Judge(SceneRenderer.Render(scenes[0]).Image);
        Assert.Equal((int)verdict.Sky, Array.IndexOf(scores[0], scores[0][WorldLabels.Moods].Max()));
    }

    [Fact]
    public void A_judge_that_knows_the_truth_is_right_about_everything_and_one_that_knows_nothing_is_not()
    {
        Scene[] scenes = [.. Enumerable.Range(0, 200).Select(i => Scene.Sample((ulong)i))];
        float[][] truth = [.. WorldLabels.Targets(scenes).Chunk(WorldLabels.All.Count)];
        IReadOnlyList<(string Name, double Value)> all = JudgeAccuracy.Measure(scenes, truth);
        Assert.Equal(["mood (%)", "stimulus (%)", "place (%)", "objects (%)", "colours (%)", "coloured objects (%)", "surfaces (%)"], all.Select(f => f.Name));
        Assert.All(all, f => Assert.Equal(100, f.Value));
        Assert.All(JudgeAccuracy.Measure(scenes, [.. scenes.Select(_ => new float[WorldLabels.All.Count])]), f => Assert.InRange(f.Value, 0, 75));
        Assert.All(scenes.Zip(truth), pair =>
        {
            SceneVerdict verdict = new([.. pair.Second.Select(v => (double)v)]);
            Assert.Equal((pair.First.Sky, pair.First.Stimulus, pair.First.Place), (verdict.Sky, verdict.Stimulus, verdict.Place));
            Assert.True(verdict.Kinds(pair.First.Objects.Count).SetEquals(pair.First.Objects.Select(o => o.Kind)));
            Assert.All(pair.First.Objects, o => Assert.Equal(o.Colour, verdict.ColourOf(o.Kind)));
        });
    }

    [Fact]
    public void Every_label_is_named_once_and_holds_for_some_scene()
    {
        Assert.Equal(73, WorldLabels.All.Distinct().Count());
        Assert.Equal("object: red dog", WorldLabels.All[WorldLabels.Coloured(ObjectKind.Dog, ObjectColour.Red)]);
        Assert.Equal("stimulus: rain", WorldLabels.All[WorldLabels.Stimuli.Start.Value + (int)Mood.Sadness]);
        Assert.Equal(73, Enumerable.Range(0, 2_000).SelectMany(i => WorldLabels.Of(Scene.Sample((ulong)i))).Distinct().Count());
    }

    [Fact]
    public void Degradation_leaves_some_pictures_and_stays_in_range()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(3);
        Tensor pixels = WorldPictures.Render(Enumerable.Range(0, 40).Select(i => (ulong)i), Imaging.Tensors.PixelRange.SignedUnit);
        Tensor degraded = Degradation.Apply(pixels, random);
        Tensor change = (degraded - pixels).abs().amax([1, 2, 3]);
        Assert.InRange(change.eq(0).sum().ToDouble(), 5, 30);
        Assert.InRange(degraded.abs().max().ToDouble(), 0, 1);
        Assert.InRange((degraded - pixels).abs().mean().ToDouble(), 0.01, 0.15);
    }

    [Fact]
    public void Other_labels_are_refused()
    {
        string other = JudgeRecipes.Smoke.Model.GetRawText().Replace("\"neutral\"", "\"indifferent\"", StringComparison.Ordinal);
        using JsonDocument model = JsonDocument.Parse(other);
        Assert.Throws<TrainingException>(() => new JudgeTask(JudgeRecipes.Smoke with { Model = model.RootElement }));
    }

    [Fact]
    public void Training_leaves_no_tensor_behind() => TrainingFixture.AssertNothingLeft(TenSteps with { Steps = 2 }, config => new JudgeTask(config));
}
