using System.Text.Json;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Tests.Toys;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static Pipeline.Diffusion.Tests.Toys.InversionToy;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class InversionsTests : IDisposable
{
    private readonly InversionToy toy = new();

    // StyleDiffusion needs attention layers and image tokens: its own tests do the same.
    public static TheoryData<string> Names => [.. Inversions.All.Select(f => f.Name).Where(n => n != "stylediffusion")];

    public void Dispose() => toy.Dispose();

    [Fact]
    public void All_inversions_have_a_name_of_their_own_and_an_unknown_one_is_refused_with_the_list()
    {
        string[] names = [.. Inversions.All.Select(f => f.Name)];
        Assert.Equal(names.Distinct(), names);
        Assert.Superset(new HashSet<string> { "virtual", "ddim", "direct", "npi", "prox-npi", "null-text", "edit-friendly" }, names.ToHashSet());
        string message = Assert.Throws<DiffusionException>(() => Inversions.Get("magic")).Message;
        Assert.All(names, n => Assert.Contains(n, message));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_are_written_out_and_read_back_and_strange_ones_are_refused(string name)
    {
        IInversionFactory factory = Inversions.Get(name);
        Assert.All(factory.Presets, preset =>
        {
            string all = factory.Normalise(Json($$"""{"preset": "{{preset}}"}""")).ToJsonString();
            Assert.Equal(all, factory.Normalise(Json(all)).ToJsonString());
        });
        Assert.Equal(factory.Normalise(null).ToJsonString(), factory.Normalise(Json($$"""{"preset": "{{factory.Presets[0]}}"}""")).ToJsonString());
        Assert.Throws<DiffusionException>(() => factory.Normalise(Json("""{"preset": "none such"}""")));
        Assert.Throws<DiffusionException>(() => factory.Normalise(Json("""{"noSuchParameter": 1}""")));
        Assert.Throws<DiffusionException>(() => factory.Normalise(Json("[]")));
    }

    [Theory]
    [InlineData("npi", """{"interpolation": 1.5}""", "interpolation")]
    [InlineData("prox-npi", """{"quantile": 2}""", "quantile")]
    [InlineData("prox-npi", """{"prox": "l7"}""", "prox")]
    [InlineData("prox-npi", """{"maskRadius": 100}""", "maskRadius")]
    [InlineData("null-text", """{"innerSteps": -1}""", "innerSteps")]
    [InlineData("null-text", """{"learningRate": "fast"}""", "learningRate")]
    [InlineData("edit-friendly", """{"eta": 0}""", "eta")]
    [InlineData("edit-friendly", """{"skip": 1}""", "skip")]
    [InlineData("direct", """{"everyKSteps": 0}""", "everyKSteps")]
    public void A_value_out_of_range_is_named(string name, string parameters, string what) =>
        Assert.Contains(what, Assert.Throws<DiffusionException>(() => Inversions.Get(name).Normalise(Json(parameters))).Message);

    [Theory]
    [MemberData(nameof(Names))]
    public void An_edit_from_a_kept_result_equals_the_first_and_runs_no_inversion(string name)
    {
        using var scope = NewDisposeScope();
        IInversion inversion = Create(name);
        Tensor first = toy.Edit(inversion, Source(7.5), Target(7.5));
        using InversionArtefact kept = inversion.Compute(Latent(), Text("a cat"), PictureNoise);
        long before = toy.Model.Forwards;
        using ISourceTrajectory again = Create(name).Restore(Latent(), Text("a cat"), PictureNoise, kept);
        Assert.Equal(before, toy.Model.Forwards);
        Assert.True(Same(first, toy.Edit(again, Source(7.5), Target(7.5))));
        Assert.Equal(before + (4L * again.Timesteps.Count), toy.Model.Forwards);
    }

    [Theory]
    [InlineData("ddim")]
    [InlineData("npi")]
    [InlineData("prox-npi")]
    [InlineData("null-text")]
    [InlineData("direct")]
    [InlineData("edit-friendly")]
    public void A_result_of_another_inversion_or_length_is_refused(string name)
    {
        using var scope = NewDisposeScope();
        using var foreign = new InversionArtefact(("weights", zeros(1)));
        Assert.Contains("another inversion", Assert.Throws<DiffusionException>(() => Create(name).Restore(Latent(), Text("a cat"), PictureNoise, foreign)).Message);
        using InversionArtefact longer = Inversions.Get(name).Create(Fast(name), toy.Context(Steps + 2)).Compute(Latent(), Text("a cat"), PictureNoise);
        Assert.Contains("invert again", Assert.Throws<DiffusionException>(() => Create(name).Restore(Latent(), Text("a cat"), PictureNoise, longer)).Message);
    }

    [Fact]
    public void Inversions_that_run_the_model_refuse_other_timesteps_and_null_text_an_unguided_source()
    {
        Assert.Throws<DiffusionException>(() => Inversions.Get("npi").Create(null, toy.Context(rule: TimestepRule.Lcm)));
        Assert.Throws<DiffusionException>(() => Inversions.Get("null-text").Create(null, toy.Context(guidance: 1)));
    }

    [Fact]
    public void The_model_s_own_noise_levels_are_used()
    {
        var schedule = Pipeline.Diffusion.Schedulers.NoiseSchedule.Create(new Pipeline.Diffusion.Schedulers.SchedulerOptions { BetaEnd = 0.02 });
        InversionContext context = toy.Context() with { Schedule = schedule };
        var own = Pipeline.Diffusion.Schedulers.NoiseSchedule.Create(context.Ddim());
        Assert.True(schedule.AlphaBars.SequenceEqual(own.AlphaBars));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cancelling_stops_before_the_model_runs(string name)
    {
        if (name == "virtual")
        {
            return; // runs nothing that could be cancelled
        }

        using var scope = NewDisposeScope();
        Assert.Throws<OperationCanceledException>(() => Create(name).Compute(Latent(), Text("a cat"), PictureNoise, new CancellationToken(true)));
        Assert.Equal(0, toy.Model.Forwards);
    }

    [Fact]
    public void Offsets_are_the_reset_but_for_rounding_and_half_of_them_lies_between_reset_and_none()
    {
        using var scope = NewDisposeScope();
        Tensor Of(DirectOptions o) => toy.Edit(new DirectInversion(toy.Model, Schedule, Steps, o, 7.5, Text("")), Source(7.5), Target(7.5));
        (Tensor reset, Tensor offsets, Tensor none) = (Of(new()), Of(DirectOptions.Official), Of(new DirectOptions { OffsetScale = 0 }));
        Assert.True((reset - offsets).abs().max().ToDouble() < 1e-9);
        Assert.True(Same(none, toy.Edit(new DdimInversion(toy.Model, Schedule, Steps), Source(7.5), Target(7.5))));
        double half = (Of(new DirectOptions { OffsetScale = 0.5 }) - reset).narrow(0, 0, 1).abs().mean().ToDouble();
        Assert.InRange(half, 1e-6, (none - reset).narrow(0, 0, 1).abs().mean().ToDouble());
        Assert.False(Same(Of(new DirectOptions { EveryKSteps = 2 }), reset));
        Assert.False(Same(Of(new DirectOptions { OffsetTargets = true }).narrow(0, 1, 1), reset.narrow(0, 1, 1)));
    }

    private IInversion Create(string name) =>
        Inversions.Get(name).Create(Fast(name), toy.Context(rule: Inversions.Get(name).Traits.SharedNoise ? TimestepRule.Lcm : TimestepRule.Leading));

    private static JsonElement? Fast(string name) => name == "null-text" ? Json("""{"innerSteps": 2}""") : null;

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
