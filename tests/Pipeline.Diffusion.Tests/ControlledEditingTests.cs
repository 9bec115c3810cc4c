using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Tests.Toys;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

/// <summary>Moodifier's invariants with the real controls on an attention network, in float64 so that only rounding of the algorithm itself shows.</summary>
public sealed class ControlledEditingTests : IDisposable
{
    private const int Steps = 12;
    private const int Length = 10;
    private const int Width = 8;
    private const int Side = 8;
    private static readonly NoiseSource Noise = new(7, "digest");
    private readonly AttentionToy toy = new(4, Width, ScalarType.Float64);

    public static TheoryData<double, double, string> Cases()
    {
        var data = new TheoryData<double, double, string>();
        foreach (double kappa in new[] { 0, 0.3, 1 })
        {
            foreach (double eta in new[] { 0.0, 1 })
            {
                foreach (string mask in new[] { "soft", "half", "full" })
                {
                    data.Add(kappa, eta, mask);
                }
            }
        }

        return data;
    }

    public void Dispose() => toy.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equal_prompts_scales_and_unconditional_texts_return_the_picture(double kappa, double eta, string mask)
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Tensor result = Run(z0, "a cat on a mat", kappa, eta, Map(mask), scaleSource: 2, scaleTarget: 2).narrow(0, 1, 1);

        // With kappa = 0 nothing is mixed and the result is exact; fractional gates round, and the chain amplifies that.
        double error = (result - z0).abs().max().ToDouble();
        Assert.True(kappa == 0 ? error == 0 : error < 1e-10, $"error {error}");
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void No_stimulus_returns_the_picture_exactly_under_full_control(double eta)
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Assert.True(Same(z0, Run(z0, "a scary cat in the dark", 1, eta, SpatialMap.Constant(32, 32, 0)).narrow(0, 1, 1)));
    }

    [Fact]
    public void Half_a_stimulus_keeps_the_other_half_exactly_even_though_attention_mixes_all_pixels()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Tensor result = Run(z0, "a scary cat in the dark", 1, 1, Map("half")).narrow(0, 1, 1);
        Assert.True(Same(z0.narrow(3, 0, 3), result.narrow(3, 0, 3))); // the blur reaches one cell across the edge
        Assert.True((result - z0).narrow(3, 5, 3).abs().max().ToDouble() > 0.05);
    }

    [Fact]
    public void A_full_stimulus_equals_the_run_without_blend()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Tensor with = Run(z0, "a scary cat in the dark", 1, 1, SpatialMap.Constant(32, 32, 1)), without = Run(z0, "a scary cat in the dark", 1, 1, SpatialMap.Constant(32, 32, 1), blended: false);
        Assert.True((with - without).abs().max().ToDouble() < 1e-8);
        Assert.True((with - z0).abs().max().ToDouble() > 0.05);
    }

    [Fact]
    public void With_kappa_zero_and_no_blend_the_stimulus_has_no_influence_at_all()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Assert.True(Same(
            Run(z0, "a scary cat in the dark", 0, 1, Map("half"), blended: false), Run(z0, "a scary cat in the dark", 0, 1, Map("soft"), blended: false)));
        Assert.False(Same(
            Run(z0, "a scary cat in the dark", 1, 1, Map("half"), blended: false), Run(z0, "a scary cat in the dark", 1, 1, Map("soft"), blended: false)));
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.5, 6)]
    [InlineData(0.7, 8)]
    [InlineData(1.0, 12)]
    public void Maps_are_refined_in_the_first_floor_rho_N_steps(double fraction, int expected)
    {
        using var scope = NewDisposeScope();
        _ = Run(Latent(), "a scary cat", 1, 1, Map("half"), crossUntil: fraction);
        Assert.Equal(Enumerable.Range(0, expected), toy.Materialised.Select(m => int.Parse(m.Split('/')[0])).Distinct());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_emotions_in_one_batch_equal_two_single_runs(double scaleSource)
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        string[] prompts = ["a scary cat in the dark", "a joyful dog"];
        Tensor both = RunAll(z0, prompts, 1, 1, [Map("half"), Map("soft")], true, scaleSource, 2, 0.7);
        for (int i = 0; i < 2; i++)
        {
            Tensor single = RunAll(z0, [prompts[i]], 1, 1, [Map(i == 0 ? "half" : "soft")], true, scaleSource, 2, 0.7);
            Assert.True((both.narrow(0, 1 + i, 1) - single.narrow(0, 1, 1)).abs().max().ToDouble() < 1e-9);
        }
    }

    [Fact]
    public void Structure_sharing_pulls_the_edit_towards_the_picture()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        SpatialMap all = SpatialMap.Constant(32, 32, 1);
        double controlled = (Run(z0, "a scary cat in the dark", 0, 1, all).narrow(0, 1, 1) - z0).square().mean().ToDouble();
        double free = (RunAll(z0, ["a scary cat in the dark"], 0, 1, [all], true, 1, 2, 0, selfUntil: 0).narrow(0, 1, 1) - z0).square().mean().ToDouble();
        Assert.True(controlled < free, $"controlled {controlled}, free {free}");
    }

    private Tensor Run(
        Tensor z0, string prompt, double kappa, double eta, SpatialMap map, bool blended = true, double scaleSource = 1, double scaleTarget = 2, double crossUntil = 0.7) =>
        RunAll(z0, [prompt], kappa, eta, [map], blended, scaleSource, scaleTarget, crossUntil);

    private Tensor RunAll(
        Tensor z0, string[] prompts, double kappa, double eta, SpatialMap[] maps, bool blended, double scaleSource, double scaleTarget, double crossUntil, double selfUntil = 0.7)
    {
        TextStates source = ToyText.Encode("a cat on a mat", Length, Width, ScalarType.Float64), other = ToyText.Encode("sharp photo", Length, Width, ScalarType.Float64);
        TextStates[] targets = [.. prompts.Select(p => ToyText.Encode(p, Length, Width, ScalarType.Float64))];
        var inversion = new VirtualInversion(new VirtualInversionOptions(new TimestepPlan(Steps), eta), t => Golden.AlphaBar[t]);
        using ISourceTrajectory trajectory = inversion.Prepare(z0, source.States, Noise);
        var group = new EditGroup(trajectory,
        [
            new EditBranch(BranchKind.Source, -1, scaleSource, source.States, other.States),
            .. targets.Select((t, i) => new EditBranch(BranchKind.Target, i, scaleTarget, t.States, other.States)),
        ]);
        using var batch = new EditBatch([group]);
        using var refine = new CrossAttentionRefine(
            batch.Layout,
            targets.Select((t, i) => new RefineTarget(1 + i, TokenAlignment.Between(source.Tokens, t.Tokens, Length), maps[i])),
            new RefineOptions(StepWindow.First(crossUntil, Steps), kappa));
        using var share = new SelfAttentionShare(batch.Layout, StepWindow.First(selfUntil, Steps));
        Tensor masks = stack(maps.Select(m => tensor(m.AreaAverage(Side, Side).Gaussian3().SoftStep(0.15, 0.5).Values).reshape(1, Side, Side)));
        using StimulusBlend? blend = blended ? new StimulusBlend(z0, masks) : null;
        group.Blend = blend;
        return new EditingLoop(toy).Run(batch, new ControlChain(refine, share), null, CancellationToken.None)[0].Predicted;
    }

    private static SpatialMap Map(string kind)
    {
        float[] values = new float[32 * 32];
        for (int i = 0; i < values.Length; i++)
        {
            int x = i % 32;
            values[i] = kind switch { "full" => 1, "half" => x >= 16 ? 1 : 0, _ => x / 31f };
        }

        return new SpatialMap(32, 32, values);
    }

    private static Tensor Latent() => new NoiseSource(1, "latent").NormalTensor("z0", [1, 4, Side, Side]).to(ScalarType.Float64);
}
