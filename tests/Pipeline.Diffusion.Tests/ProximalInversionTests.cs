using System.Text.Json;
using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Tests.Toys;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static Pipeline.Diffusion.Tests.Toys.InversionToy;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class ProximalInversionTests : IDisposable
{
    private readonly InversionToy toy = new();

    public void Dispose() => toy.Dispose();

    [Theory]
    [InlineData(ProximalOperator.L0, "l0")]
    [InlineData(ProximalOperator.L1, "l1")]
    public void Both_operators_match_the_golden_vector(ProximalOperator prox, string expected)
    {
        using var scope = NewDisposeScope();
        JsonElement x = Golden.Case("prox");
        Tensor d = tensor(x.GetProperty("delta").Doubles()).reshape(1, -1);
        (Tensor kept, Tensor edited) = ProximalGuidance.Threshold(d, new ProximalOptions { Prox = prox, Quantile = x.Number("quantile") });
        Assert.True((kept.flatten() - tensor(x.GetProperty(expected).Doubles())).abs().max().ToDouble() < 1e-9);
        Assert.True(Same(edited.flatten(), (d.abs() > x.Number("lam")).to(ScalarType.Float64).flatten()));
    }

    [Fact]
    public void A_negative_quantile_is_a_fixed_threshold_and_joint_quantiles_mix_the_branches()
    {
        using var scope = NewDisposeScope();
        Tensor d = tensor(new[] { 0.1, 0.2, 0.3, 0.4, 10, 20, 30, 40 }).reshape(2, 1, 2, 2);
        Tensor Kept(ProximalOptions o) => ProximalGuidance.Threshold(d, o).Kept.ne(0.0).to(ScalarType.Float64).sum([1L, 2L, 3L]);
        Assert.Equal([1.0, 4.0], Values(Kept(new ProximalOptions { Quantile = -0.35 })));
        Assert.Equal([2.0, 2.0], Values(Kept(new ProximalOptions { Quantile = 0.5 })));
        Assert.Equal([0.0, 4.0], Values(Kept(new ProximalOptions { Quantile = 0.5, JointQuantile = true })));
    }

    [Fact]
    public void The_soft_operator_is_continuous_at_the_threshold_and_the_published_one_jumps()
    {
        using var scope = NewDisposeScope();
        double At(double value, bool published)
        {
            var options = new ProximalOptions { Prox = ProximalOperator.L1, Quantile = -0.5, PublishedOperators = published };
            return ProximalGuidance.Threshold(tensor(new[] { value }), options).Kept.sum().ToDouble();
        }

        foreach (double edge in new[] { 0.5, -0.5 })
        {
            Assert.True(Math.Abs(At(edge + 1e-9, false) - At(edge - 1e-9, false)) < 1e-8);
        }

        Assert.True(Math.Abs(At(-0.5 + 1e-9, true) - At(-0.5 - 1e-9, true)) > 0.4);
    }

    [Fact]
    public void The_published_l0_is_the_soft_operator()
    {
        using var scope = NewDisposeScope();
        Tensor d = tensor(new[] { -2.0, -0.3, 0.1, 0.6, 1.5 });
        Tensor published = ProximalGuidance.Threshold(d, ProximalOptions.Official with { Quantile = 0.5 }).Kept;
        Tensor soft = ProximalGuidance.Threshold(d, new ProximalOptions { Prox = ProximalOperator.L1, Quantile = 0.5, JointQuantile = true }).Kept;
        Assert.True(Same(published, soft));
    }

    [Fact]
    public void Quantile_0_is_negative_prompt_inversion_and_quantile_1_leaves_the_unconditional_prediction()
    {
        using var scope = NewDisposeScope();
        Tensor npi = toy.Edit(new NegativePromptInversion(toy.Model, Schedule, Steps), Source(7.5), Target(7.5));
        Tensor none = toy.Edit(new ProximalInversion(toy.Model, Schedule, Steps, new ProximalOptions { Prox = ProximalOperator.None }), Source(7.5), Target(7.5));
        Assert.True(Same(npi, none));

        using Tensor u = randn(2, 4, 3, 3, ScalarType.Float64), c = randn(2, 4, 3, 3, ScalarType.Float64);
        (Tensor smallest, _) = ProximalGuidance.Apply(new GuidanceHalves(u, c, [7.5, 7.5]), new ProximalOptions { Quantile = 0 });
        Tensor plain = u + (c - u) * 7.5;
        Assert.Equal(2, (smallest - plain).abs().gt(1e-9).sum().ToInt64()); // only the one smallest difference of each branch is gone
        (Tensor all, _) = ProximalGuidance.Apply(new GuidanceHalves(u, c, [7.5, 7.5]), new ProximalOptions { Quantile = 1 });
        Assert.True(Same(all, u));
    }

    [Fact]
    public void With_nothing_edited_inversion_guidance_puts_every_branch_back_on_the_path()
    {
        using var scope = NewDisposeScope();
        var options = new ProximalOptions { Quantile = 1, InversionGuidance = true, ReconstructionTimestep = 1001 };
        Tensor result = toy.Edit(new ProximalInversion(toy.Model, Schedule, Steps, options), Source(7.5), Target(7.5));
        Assert.True((result - Latent()).abs().max().ToDouble() < 1e-12);
    }

    [Fact]
    public void With_nothing_edited_reconstruction_guidance_predicts_the_picture()
    {
        using var scope = NewDisposeScope();
        var options = new ProximalOptions { Quantile = 1, ReconstructionGuidance = true, ReconstructionTimestep = 400 };
        using ISourceTrajectory trajectory = new ProximalInversion(toy.Model, Schedule, Steps, options).Prepare(Latent(), Text("a cat"), PictureNoise);
        Tensor z = trajectory.Start(1), e = zeros_like(z);
        using Tensor? late = trajectory.Guide(new GuidanceHalves(e, e, [7.5]), Steps - 1);
        Assert.True((Latent() - trajectory.Step(z, late!, Steps - 1).Predicted).abs().max().ToDouble() < 1e-12);
        using Tensor? early = trajectory.Guide(new GuidanceHalves(e, e, [7.5]), 0);
        Assert.True((Latent() - trajectory.Step(z, early!, 0).Predicted).abs().max().ToDouble() > 0.1); // above the bound nothing is pulled
    }

    [Fact]
    public void The_mask_grows_by_its_radius()
    {
        using var scope = NewDisposeScope();
        var options = new ProximalOptions { Quantile = -0.5, InversionGuidance = true, ReconstructionTimestep = 1001, MaskRadius = 1 };
        using ISourceTrajectory trajectory = new ProximalInversion(toy.Model, Schedule, Steps, options).Prepare(Latent(), Text("a cat"), PictureNoise);
        Tensor u = zeros(1, Channels, 4, 4, ScalarType.Float64), c = u.clone();
        c[0, 0, 0, 0] = 1.0;
        using Tensor? noise = trajectory.Guide(new GuidanceHalves(u, c, [1.0]), 3);
        Tensor z = trajectory.Start(1) + 5.0, next = trajectory.Step(z, noise!, 3).Latents;
        Tensor path = new DdimInversion(toy.Model, Schedule, Steps).Path(Latent(), Text("a cat")).narrow(0, Steps - 4, 1);
        Assert.Equal(4, (next - path).abs().gt(1e-9).sum().ToInt64()); // 2 x 2 cells around the corner, in its channel
    }

    [Fact]
    public void A_target_does_not_depend_on_its_neighbours()
    {
        using var scope = NewDisposeScope();
        var inversion = new ProximalInversion(toy.Model, Schedule, Steps, new ProximalOptions { InversionGuidance = true });
        Tensor together = toy.Edit(inversion, Source(7.5), Target(7.5), Target(7.5, "a bird in rain", 1));
        Tensor alone = toy.Edit(inversion, Source(7.5), Target(7.5, "a bird in rain"));
        Assert.True((together.narrow(0, 2, 1) - alone.narrow(0, 1, 1)).abs().max().ToDouble() < 1e-12);
    }

    private static double[] Values(Tensor x) => [.. Enumerable.Range(0, (int)x.numel()).Select(i => x.flatten()[i].ToDouble())];
}
