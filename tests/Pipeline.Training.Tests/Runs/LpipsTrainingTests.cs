using System.Text.Json;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Lpips;
using Pipeline.TestKit;
using Pipeline.Training.Perceptual;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

public sealed class LpipsTrainingTests
{
    private static TrainingConfig TenSteps => LpipsRecipes.Smoke with { Steps = 10, Batch = 4, CheckpointEvery = 10, Data = new WorldData { Scenes = 64, HeldOut = 8 } };

    [Fact]
    public void Smoke_training_lowers_the_loss_by_a_quarter_and_orders_triplets_above_chance()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = LpipsRecipes.Smoke;
        using LpipsTask task = new(config);
        TrainingOutcome outcome = new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);
        SmokeCheck check = SmokeCheck.Of(folder.Path, LpipsRecipes.SmokeMargin);
        Assert.True(check.Passed, check.ToString());
        Assert.True(outcome.Score > 60, $"{outcome.Score} %"); // chance is 50
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        Assert.InRange(scores.RootElement.GetProperty("triplets right, uniform weights (%)").GetDouble(), 50, 100);
    }

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit() => TrainingFixture.AssertResumes(TenSteps, config => new LpipsTask(config));

    [Fact]
    public void The_exported_folder_measures_distances_with_weights_that_are_not_negative()
    {
        using TemporaryFolder folder = new();
        using LpipsTask task = new(TenSteps with { Optimiser = TenSteps.Optimiser with { Rate = 0.1 } });
        new TrainingRun(TenSteps, task, folder.Path).Run(false, CancellationToken.None);
        using DisposeScope scope = NewDisposeScope();
        using LpipsModel model = LpipsModel.Load(folder.File("model"));
        Assert.All(model.ChannelWeights, w => Assert.True(w.min().ToDouble() >= 0));
        Tensor pixels = WorldPictures.Render([1, 2, 3], PixelRange.SignedUnit), other = WorldPictures.Render([4, 5, 6], PixelRange.SignedUnit);
        Assert.Equal(0, model.Distance(pixels, pixels).abs().max().ToDouble());
        Assert.True(model.Distance(pixels, other).min().ToDouble() > 0);
        Assert.Equal(Models.ComponentKind.Lpips, Models.ModelDirectory.Recognise(folder.File("model"))!.Kind);
    }

    [Fact]
    public void Distortions_grow_with_their_strength_and_vanish_without()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = WorldPictures.Render([1, 2, 3, 4], PixelRange.SignedUnit);
        for (int kind = 0; kind < Distortions.Kinds; kind++)
        {
            double[] changes = [.. new[] { 0, 0.2, 0.6 }.Select(strength =>
            {
                using Generator random = new(9);
                return (Distortions.Apply(pixels, kind, full([4, 1, 1, 1], strength, ScalarType.Float32), random) - pixels).abs().mean().ToDouble();
            })];
            Assert.True(changes[0] < 1e-5 && changes[0] < changes[1] && changes[1] < changes[2], $"{kind}: {string.Join(' ', changes)}");
        }
    }

    [Fact]
    public void Training_leaves_no_tensor_behind() => TrainingFixture.AssertNothingLeft(TenSteps with { Steps = 2 }, config => new LpipsTask(config));
}
