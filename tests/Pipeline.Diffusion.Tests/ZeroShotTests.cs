using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.Diffusion.ZeroShot;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

/// <summary>pix2pix-zero's parts: noise regularisation, its inversion and cross-attention guidance.</summary>
public sealed class ZeroShotTests : IDisposable
{
    private const int Length = 6;
    private const int Width = 8;
    private static readonly NoiseSource Noise = new(3, "zero");
    private readonly AttentionToy toy = new(4, Width, ScalarType.Float32);

    public void Dispose() => toy.Dispose();

    [Fact]
    public void Regularisation_whitens_correlated_noise()
    {
        using var scope = NewDisposeScope();
        Tensor smooth = nn.functional.avg_pool2d(Draw("n", 1, 4, 34, 34), 3, 1) * 2.0 + 0.3; // neighbours share most of their values
        Tensor white = new NoiseRegularisation(new NoiseRegularisationOptions()).Apply(smooth, Noise, 0);
        Assert.True(Correlation(white) < 0.9 * Correlation(smooth), $"{Correlation(smooth)} -> {Correlation(white)}");
        Assert.True(Divergence(white) < 0.9 * Divergence(smooth), $"{Divergence(smooth)} -> {Divergence(white)}");
    }

    [Fact]
    public void The_divergence_of_standard_normal_values_is_about_zero_and_grows_with_mean_and_spread()
    {
        using var scope = NewDisposeScope();
        Tensor n = Draw("d", 1, 4, 64, 64);
        Assert.InRange(Divergence(n), -1e-3, 1e-3);
        Assert.Equal(0.25, Divergence(n + 0.5), 0.02);
        Assert.Equal(4 - 1 - Math.Log(4), Divergence(n * 2.0), 0.05);
    }

    [Fact]
    public void The_same_picture_gets_the_same_shifts_every_time()
    {
        using var scope = NewDisposeScope();
        var whiten = new NoiseRegularisation(new NoiseRegularisationOptions(1));
        Tensor n = Draw("n", 1, 4, 16, 16);
        Assert.True(Same(whiten.Apply(n, Noise, 2), whiten.Apply(n, Noise, 2)));
        Assert.False(Same(whiten.Apply(n, Noise, 2), whiten.Apply(n, Noise, 3)));
    }

    [Fact]
    public void Inversion_leaves_out_the_first_and_last_timestep()
    {
        using var scope = NewDisposeScope();
        new RegularisedInversion(toy, new DdimOptions(), 10, new NoiseRegularisationOptions(0)).Invert(Draw("z", 1, 4, 8, 8), Text("a cat"), Noise);
        Assert.Equal(8, toy.Forwards);
    }

    [Fact]
    public void Guidance_brings_the_maps_of_each_edit_nearer_to_the_sources()
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        var guide = new CrossAttentionGuidance(toy);
        Tensor source = Draw("s", 1, 4, 8, 8), empty = Text("");
        (Tensor _, IReadOnlyList<Tensor> maps) = guide.Reference(source.repeat(2, 1, 1, 1), 500, cat([empty, Text("a cat")]), 0);
        Tensor rows = Draw("t", 1, 4, 8, 8).repeat(2, 1, 1, 1), text = cat([empty, Text("a dog")]);
        Tensor moved = guide.Move(rows, 500, text, maps, 0.05, 0);
        Assert.True(Distance(guide, moved, text, maps) < Distance(guide, rows, text, maps));
        Assert.True(Same(rows, guide.Move(rows, 500, text, maps, 0, 0)));
    }

    [Fact]
    public void Edits_of_one_batch_do_not_influence_one_another()
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        var guide = new CrossAttentionGuidance(toy);
        Tensor empty = Text("");
        (Tensor _, IReadOnlyList<Tensor> maps) = guide.Reference(Draw("s", 1, 4, 8, 8).repeat(2, 1, 1, 1), 500, cat([empty, Text("a cat")]), 0);
        Tensor a = Draw("a", 1, 4, 8, 8), b = Draw("b", 1, 4, 8, 8);
        Tensor both = guide.Move(cat([a, b, a, b]), 500, cat([empty, empty, Text("a dog"), Text("a red fox")]), maps, 0.05, 0);
        Tensor alone = guide.Move(cat([b, b]), 500, cat([empty, Text("a red fox")]), maps, 0.05, 0);
        Assert.True((both.narrow(0, 1, 1) - alone.narrow(0, 0, 1)).abs().max().ToDouble() < 1e-5);
        Assert.True((both.narrow(0, 3, 1) - alone.narrow(0, 1, 1)).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Nothing_is_left_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        new RegularisedInversion(toy, new DdimOptions(), 4, new NoiseRegularisationOptions(1)).Invert(Draw("z", 1, 4, 8, 8), Text("a cat"), Noise);
        Guidance_brings_the_maps_of_each_edit_nearer_to_the_sources();
    });

    private static double Distance(CrossAttentionGuidance guide, Tensor rows, Tensor text, IReadOnlyList<Tensor> maps) =>
        guide.Reference(rows, 500, text, 0).Maps.Zip(maps).Sum(pair => (pair.First - pair.Second).square().sum().ToDouble());

    private static double Correlation(Tensor noise) => Enumerable.Range(0, 8).Average(i => NoiseRegularisation.Correlation(noise, Noise, $"check/{i}").ToDouble());

    private static double Divergence(Tensor noise) => NoiseRegularisation.Divergence(noise).ToDouble();

    private static Tensor Text(string prompt) => ToyText.Encode(prompt, Length, Width, ScalarType.Float32).States;

    private static Tensor Draw(string purpose, params long[] shape) => Noise.NormalTensor(purpose, shape);
}
