using System.Text.Json;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class VirtualInversionTests
{
    private const int Channels = 4;
    private static readonly NoiseSource Noise = new(7, "digest");

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    [InlineData(0.0)]
    public void A_step_gives_the_golden_numbers(double eta)
    {
        JsonElement x = Golden.Case("ddcm_inputs"), expected = Golden.Case(FormattableString.Invariant($"ddcm_eta{eta:0.0}"));
        (double abT, double abP) = (Golden.AlphaBar[x.GetProperty("t").GetInt32()], Golden.AlphaBar[x.GetProperty("t_next").GetInt32()]);
        using var scope = NewDisposeScope();
        BranchState state = DdcmStep.Apply(
            Column(x.Number("x_src"), x.Number("x_tgt")), Column(x.Number("eps_src"), x.Number("eps_tgt")), Column(x.Number("z0")), Column(x.Number("noise")), abT, abP, eta);
        double[] next = state.Latents.data<double>().ToArray(), predicted = state.Predicted.data<double>().ToArray();

        // The golden source latent was made with the target's direction term, as the published code does; ours takes its own.
        double ours = Math.Sqrt(1 - abP - eta * (1 - abP)) * (x.Number("eps_tgt") - x.Number("eps_src"));
        Assert.Equal(expected.Number("pred_x0"), predicted[1], 1e-8);
        Assert.Equal(expected.Number("x_tgt_next"), next[1], 1e-8);
        Assert.Equal(expected.Number("x_src_next"), next[0] + ours, 1e-8);
        Assert.Equal(x.Number("z0"), predicted[0]);
        BranchState official = DdcmStep.Apply(
            Column(x.Number("x_src"), x.Number("x_tgt")), Column(x.Number("eps_src"), x.Number("eps_tgt")), Column(x.Number("z0")), Column(x.Number("noise")), abT, abP, eta, officialDirection: true);
        Assert.Equal(expected.Number("x_src_next"), official.Latents.data<double>().ToArray()[0], 1e-8);
    }

    [Fact]
    public void Golden_alpha_bars_are_reproduced()
    {
        foreach (JsonProperty p in Golden.Case("abar").EnumerateObject())
        {
            Assert.Equal(p.Value.GetDouble(), Golden.AlphaBar[int.Parse(p.Name)], 1e-9);
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(2.0)]
    public void Equal_prompts_and_scales_return_the_picture_exactly(double scale)
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPredictor(Channels, ScalarType.Float64);
        Tensor z0 = Latent();
        Tensor result = Run(toy, z0, [Reconstruct(scale), Edit(0, "a cat", scale)], eta: 1);
        Assert.True(Same(z0, result.narrow(0, 1, 1)));
    }

    [Fact]
    public void Other_prompts_change_the_picture_and_the_source_row_stays()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPredictor(Channels, ScalarType.Float64);
        Tensor z0 = Latent();
        Tensor result = Run(toy, z0, [Reconstruct(1), Edit(0, "a scary cat", 2)], eta: 1);
        Assert.True(Same(z0, result.narrow(0, 0, 1)));
        Assert.True((result.narrow(0, 1, 1) - z0).abs().max().ToDouble() > 0.1);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    [InlineData(0.0)]
    public void An_empty_mask_returns_the_picture_exactly_and_a_half_mask_its_outside(double eta)
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPredictor(Channels, ScalarType.Float64);
        Tensor z0 = Latent();
        EditBranch[] branches = [Reconstruct(1), Edit(0, "a scary cat", 2)];
        Assert.True(Same(z0, Run(toy, z0, branches, eta, zeros(1, 1, 4, 4)).narrow(0, 1, 1)));

        Tensor half = cat([zeros(1, 1, 4, 2), ones(1, 1, 4, 2)], 3);
        Tensor result = Run(toy, z0, branches, eta, half).narrow(0, 1, 1);
        Assert.True(Same(z0.narrow(3, 0, 2), result.narrow(3, 0, 2)));
        Assert.True((result - z0).narrow(3, 2, 2).abs().max().ToDouble() > 0.05);
    }

    [Fact]
    public void A_full_mask_equals_the_run_without_blend()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPredictor(Channels, ScalarType.Float64);
        Tensor z0 = Latent();
        EditBranch[] branches = [Reconstruct(1), Edit(0, "a scary cat", 2)];
        Tensor difference = Run(toy, z0, branches, 1, ones(1, 1, 4, 4)) - Run(toy, z0, branches, 1);
        Assert.True(difference.abs().max().ToDouble() < 2e-13);
    }

    [Fact]
    public void At_eta_one_the_source_latent_is_the_picture_plus_pure_noise_at_every_level()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        var plan = new TimestepPlan(6);
        using ISourceTrajectory trajectory = new VirtualInversion(new VirtualInversionOptions(plan), t => Golden.AlphaBar[t]).Prepare(z0, z0, Noise);
        Tensor z = trajectory.Start(2);
        for (int k = 0; k < 6; k++)
        {
            BranchState state = trajectory.Step(z, randn_like(z), k);
            double ab = Golden.AlphaBar[plan.Timesteps()[Math.Min(k + 1, 5)]];
            Tensor n = Noise.NormalTensor($"virtual/step/{k}", [1, Channels, 4, 4]).to(ScalarType.Float64);
            Assert.True((state.Latents.narrow(0, 0, 1) - z0 * Math.Sqrt(ab) - n * Math.Sqrt(1 - ab)).abs().max().ToDouble() < 1e-14);

            // z_tgt - z_src = sqrt(ab) (x0_tgt - z_0): soft masks lose no variance
            Tensor gap = state.Latents.narrow(0, 1, 1) - state.Latents.narrow(0, 0, 1) - (state.Predicted.narrow(0, 1, 1) - z0) * Math.Sqrt(ab);
            Assert.True(gap.abs().max().ToDouble() < 1e-12 * state.Predicted.abs().max().ToDouble());
            z = state.Latents;
        }
    }

    [Fact]
    public void Below_eta_one_the_source_latent_keeps_its_picture_too()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        using ISourceTrajectory trajectory = new VirtualInversion(new VirtualInversionOptions(new TimestepPlan(8), 0.4), t => Golden.AlphaBar[t]).Prepare(z0, z0, Noise);
        Tensor z = trajectory.Start(2);
        for (int k = 0; k < 8; k++)
        {
            BranchState state = trajectory.Step(z, randn_like(z), k);
            Assert.True(Same(z0, state.Predicted.narrow(0, 0, 1)));
            z = state.Latents;
        }

        // alphaBar-consistent: what is not picture is noise of the level's variance, not drift
        double ab = Golden.AlphaBar[new TimestepPlan(8).Timesteps()[^1]];
        double spread = (z.narrow(0, 0, 1) - z0 * Math.Sqrt(ab)).square().mean().ToDouble() / (1 - ab);
        Assert.InRange(spread, 0.4, 2.0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void K_emotions_in_one_batch_equal_K_single_runs_and_share_the_source(int seed)
    {
        using var scope = NewDisposeScope();
        using var toy = new AttentionToy(Channels, Channels, ScalarType.Float64);
        Tensor z0 = Latent(8, seed);
        string[] prompts = ["a scary cat", "a joyful cat", "a grieving dog in the rain"];
        Tensor together = Run(toy, z0, [Reconstruct(1), .. prompts.Select((p, i) => Edit(i, p, 2))], 1);
        Assert.Equal((1 + 2 * 3) * 12, toy.Forwards);
        for (int i = 0; i < prompts.Length; i++)
        {
            Tensor single = Run(toy, z0, [Reconstruct(1), Edit(0, prompts[i], 2)], 1);
            Assert.True((single.narrow(0, 1, 1) - together.narrow(0, 1 + i, 1)).abs().max().ToDouble() < 1e-10);
        }
    }

    [Fact]
    public void Two_pictures_in_one_batch_equal_two_runs()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPredictor(Channels, ScalarType.Float64);
        (Tensor a, Tensor b) = (Latent(), Latent(4, 9));
        EditBranch[] branches = [Reconstruct(1), Edit(0, "a scary cat", 2)];
        Tensor first = Run(toy, a, branches, 1), second = Run(toy, b, branches, 1);
        var inversion = new VirtualInversion(new VirtualInversionOptions(new TimestepPlan(12)), t => Golden.AlphaBar[t]);
        using ISourceTrajectory ta = inversion.Prepare(a, a, Noise), tb = inversion.Prepare(b, b, Noise);
        using var batch = new EditBatch([new EditGroup(ta, branches), new EditGroup(tb, branches)]);
        IReadOnlyList<BranchState> both = new EditingLoop(toy).Run(batch, null, null, CancellationToken.None);
        Assert.True((both[0].Predicted - first).abs().max().ToDouble() < 1e-12);
        Assert.True((both[1].Predicted - second).abs().max().ToDouble() < 1e-12);
    }

    [Fact]
    public void A_strength_below_one_starts_at_the_noised_picture_of_its_level()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        var plan = new TimestepPlan(15, Strength: 0.6);
        using ISourceTrajectory trajectory = new VirtualInversion(new VirtualInversionOptions(plan), t => Golden.AlphaBar[t]).Prepare(z0, z0, Noise);
        Assert.Equal(9, trajectory.Timesteps.Count);
        double ab = Golden.AlphaBar[plan.Full()[6]];
        Tensor expected = z0 * Math.Sqrt(ab) + Noise.NormalTensor("virtual/start", z0.shape).to(ScalarType.Float64) * Math.Sqrt(1 - ab);
        Assert.True((trajectory.Start(3) - expected).abs().max().ToDouble() < 1e-15);
    }

    [Fact]
    public void Cancellation_is_seen_before_every_step_and_steps_are_reported()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPredictor(Channels, ScalarType.Float64);
        Tensor z0 = Latent();
        using ISourceTrajectory trajectory = new VirtualInversion(new VirtualInversionOptions(new TimestepPlan(12)), t => Golden.AlphaBar[t]).Prepare(z0, z0, Noise);
        using var batch = new EditBatch([new EditGroup(trajectory, [Reconstruct(1), Edit(0, "x", 2)])]);
        using var stop = new CancellationTokenSource();
        var steps = new List<int>();
        Assert.Throws<OperationCanceledException>(() => new EditingLoop(toy).Run(
            batch, null, k => { steps.Add(k); if (k == 3) { stop.Cancel(); } }, stop.Token));
        Assert.Equal([1, 2, 3], steps);
        Assert.Equal(3 * 3, toy.Forwards);
    }

    [Fact]
    public void Settings_that_cannot_work_are_refused()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Assert.Throws<DiffusionException>(() => Inversion(new(new TimestepPlan(12), Eta: 1.5)).Prepare(z0, z0, Noise));
        Assert.Throws<DiffusionException>(() => Inversion(new(new TimestepPlan(12, Strength: 0.5), StartFromNoise: true)).Prepare(z0, z0, Noise));
        Assert.Throws<DiffusionException>(() => Inversion(new(new TimestepPlan(12))).Prepare(cat([z0, z0]), z0, Noise));
        Assert.Contains("pure noise", Assert.Throws<DiffusionException>(
            () => new VirtualInversion(new(new TimestepPlan(12)), t => t == 999 ? 0 : 0.5).Prepare(z0, z0, Noise)).Message, StringComparison.Ordinal);
        using ISourceTrajectory trajectory = Inversion(new(new TimestepPlan(12))).Prepare(z0, z0, Noise);
        Assert.Throws<DiffusionException>(() => new EditBatch([new EditGroup(trajectory, [Reconstruct(2) with { Unconditional = null }])]));
        Assert.Throws<DiffusionException>(() => new EditBatch([new EditGroup(trajectory, [Reconstruct(1), Edit(0, "x", 2) with { Conditional = zeros(1, 9, Channels) }])]));
    }

    [Fact]
    public void A_run_leaves_no_tensor_behind()
    {
        using var toy = new AttentionToy(Channels, Channels, ScalarType.Float64);
        LiveTensors.AssertUnchangedBy(() =>
        {
            using (NewDisposeScope())
            {
                _ = Run(toy, Latent(8, 1), [Reconstruct(1), Edit(0, "a scary cat", 2)], 1, ones(1, 1, 8, 8));
            }
        });
    }

    private static VirtualInversion Inversion(VirtualInversionOptions options) => new(options, t => Golden.AlphaBar[t]);

    private static Tensor Run(INoisePredictor predictor, Tensor z0, EditBranch[] branches, double eta, Tensor? mask = null)
    {
        using ISourceTrajectory trajectory = Inversion(new VirtualInversionOptions(new TimestepPlan(12), eta)).Prepare(z0, z0, Noise);
        using StimulusBlend? blend = mask is null ? null : new StimulusBlend(z0, mask);
        using var batch = new EditBatch([new EditGroup(trajectory, branches) { Blend = blend }]);
        return new EditingLoop(predictor).Run(batch, null, null, CancellationToken.None)[0].Predicted;
    }

    private static EditBranch Reconstruct(double scale) => new(BranchKind.Source, -1, scale, Text("a cat"), Text("good"));

    private static EditBranch Edit(int target, string prompt, double scale) => new(BranchKind.Target, target, scale, Text(prompt), Text("good"));

    private static Tensor Text(string text) => ToyText.Encode(text, 8, Channels, ScalarType.Float64).States;

    private static Tensor Latent(int side = 4, int seed = 1) => new NoiseSource(seed, "latent").NormalTensor("z0", [1, Channels, side, side]).to(ScalarType.Float64);

    private static Tensor Column(params double[] values) => tensor(values, [values.Length, 1, 1, 1]);
}
