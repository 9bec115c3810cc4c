using System.Text.Json;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.Tests.Toys;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static Pipeline.Diffusion.Tests.Toys.InversionToy;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class EditFriendlyInversionTests : IDisposable
{
    private const int Many = 100;
    private static readonly DdimOptions Offset = new() { StepsOffset = 1 };
    private readonly InversionToy toy = new();

    public void Dispose() => toy.Dispose();

    [Fact]
    public void A_step_matches_the_golden_vector()
    {
        using var scope = NewDisposeScope();
        JsonElement x = Golden.Case("edit_friendly");
        var step = new EditFriendlyStep(new DdimScheduler(new DdimOptions()), x.GetProperty("t").GetInt32(), x.GetProperty("t_prev").GetInt32(), 1);
        Tensor mean = step.Mean(tensor(x.Number("x_t")), tensor(x.Number("eps")));
        Assert.Equal(x.Number("mu"), mean.ToDouble(), 5);
        Assert.Equal(x.Number("sigma"), step.Sigma, 6);
        Tensor map = step.Map(tensor(x.Number("x_prev")), mean);
        Assert.Equal(x.Number("z"), map.ToDouble(), 5);
        Assert.Equal(x.Number("x_prev"), step.Arrive(mean, map).ToDouble(), 12);
    }

    [Fact]
    public void Sampling_under_the_source_prompt_and_guidance_comes_back_to_the_first_noised_latent()
    {
        using var scope = NewDisposeScope();
        EditFriendlyInversion inversion = Inversion(new EditFriendlyOptions { Skip = 0 });
        using ISourceTrajectory trajectory = inversion.Prepare(Latent(), Text("a cat"), PictureNoise);
        Tensor last = trajectory.Start(1);
        for (int k = 0; k < Many - 1; k++)
        {
            last = trajectory.Step(last, Guided(last, trajectory.Timesteps[k]), k).Latents;
        }

        Assert.True((last - inversion.Level(Latent(), PictureNoise, 1)).abs().max().ToDouble() < 1e-9);
        Tensor end = trajectory.Step(last, Guided(last, trajectory.Timesteps[^1]), Many - 1).Latents;
        double missed = (end - Latent()).abs().max().ToDouble();
        Assert.True(missed > 1e-4, $"{missed}"); // the last map is 0, as published
    }

    [Fact]
    public void With_its_last_map_kept_the_picture_comes_back_exactly()
    {
        using var scope = NewDisposeScope();
        Tensor back = toy.Edit(Inversion(new EditFriendlyOptions { KeepLastMap = true }), Source(3.5));
        Assert.True((back - Latent()).abs().max().ToDouble() < 1e-9);
    }

    [Fact]
    public void Leaving_all_steps_out_returns_the_picture_and_the_start_is_the_level_below_those_left_out()
    {
        using var scope = NewDisposeScope();
        EditFriendlyInversion all = Inversion(new EditFriendlyOptions { Skip = 1 });
        Assert.True(Same(Latent(), toy.Edit(all, Source(3.5), Target(15)).narrow(0, 1, 1)));
        EditFriendlyInversion some = Inversion(new EditFriendlyOptions());
        using ISourceTrajectory trajectory = some.Prepare(Latent(), Text("a cat"), PictureNoise);
        Assert.Equal((36, 64), (trajectory.SkippedSteps, trajectory.Timesteps.Count));
        Assert.True(Same(some.Level(Latent(), PictureNoise, 64), trajectory.Start(1)));
    }

    [Fact]
    public void Maps_are_larger_than_native_noise()
    {
        using var scope = NewDisposeScope();
        using InversionArtefact artefact = Inversion(new EditFriendlyOptions()).Compute(Latent(), Text("a cat"), PictureNoise);
        Tensor spread = artefact[EditFriendlyInversion.MapsName].flatten(1).std(1L);
        Assert.True(spread.gt(1.2).sum().ToInt64() > Many / 2, $"{spread.median().ToDouble()}");
        Assert.Equal(0, artefact[EditFriendlyInversion.MapsName].narrow(0, 0, 1).abs().max().ToDouble());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3.5)]
    [InlineData(1000, 3.5)]
    public void Batches_of_levels_give_what_single_levels_give(int rows, double guidance)
    {
        using var scope = NewDisposeScope();
        var options = new EditFriendlyOptions();
        var one = new EditFriendlyInversion(toy.Model, Offset, Many, guidance, Text(""), options, 1);
        var batched = new EditFriendlyInversion(toy.Model, Offset, Many, guidance, Text(""), options, rows);
        using InversionArtefact a = one.Compute(Latent(), Text("a cat"), PictureNoise), b = batched.Compute(Latent(), Text("a cat"), PictureNoise);
        Assert.True((a[EditFriendlyInversion.MapsName] - b[EditFriendlyInversion.MapsName]).abs().max().ToDouble() < 1e-11);
        Assert.Equal(2L * Many * (guidance == 1 ? 1 : 2), toy.Model.Forwards);
    }

    [Fact]
    public void A_schedule_whose_last_step_stays_at_its_level_gives_no_infinite_map()
    {
        using var scope = NewDisposeScope();
        var inversion = new EditFriendlyInversion(toy.Model, Schedule, Steps, 3.5, Text(""), new EditFriendlyOptions { KeepLastMap = true });
        using InversionArtefact artefact = inversion.Compute(Latent(), Text("a cat"), PictureNoise);
        Assert.True(artefact[EditFriendlyInversion.MapsName].isfinite().all().ToBoolean());
    }

    private EditFriendlyInversion Inversion(EditFriendlyOptions options) => new(toy.Model, Offset, Many, 3.5, Text(""), options);

    private Tensor Guided(Tensor z, int t)
    {
        Tensor u = toy.Model.Predict(z, t, Text(""), null, 0), c = toy.Model.Predict(z, t, Text("a cat"), null, 0);
        return u + (c - u) * 3.5;
    }
}
