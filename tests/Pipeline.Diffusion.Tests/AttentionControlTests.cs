using System.Text.Json;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Noise;
using Pipeline.Models.Attention;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class AttentionControlTests
{
    private static readonly BranchLayout Pair = new([new(0, BranchKind.Source, -1, 1), new(0, BranchKind.Target, 0, 2)]); // rows: tgt uncond, src cond, tgt cond
    private static readonly AttentionCall TwoTokens = new(new AttentionSite(0, "site", AttentionPlace.Down, 0, 1), 0, 1, 2);

    [Theory]
    [InlineData(1.0, "kappa1")]
    [InlineData(0.5, "kappa05")]
    [InlineData(0.0, null)]
    public void Refine_gives_the_golden_maps(double kappa, string? name)
    {
        JsonElement p2p = Golden.Case("p2p_refine");
        double[] expected = [.. (name is null ? p2p.GetProperty("out") : Golden.Case("moodifier_refine").GetProperty(name)).EnumerateArray().SelectMany(r => r.Doubles())];
        double[] target = [.. p2p.GetProperty("M_tgt").EnumerateArray().SelectMany(r => r.Doubles())];
        double[] source = [.. p2p.GetProperty("M_src").EnumerateArray().SelectMany(r => r.Doubles().Append(0))]; // one column of padding: L = 5
        float[] stimulus = [.. Golden.Case("moodifier_refine").GetProperty("E").Doubles().Select(e => (float)e)];

        // S a b E -> S a x b E: mapper [0, 1, -1, 2, 3]
        TokenAlignment alignment = TokenAlignment.Between([0, 1, 2, 9], [0, 1, 7, 2, 9], 5);
        Assert.Equal(p2p.GetProperty("mapper").Ints(), alignment.SourceOf);
        using Tensor map = tensor((double[])[.. target, .. source, .. target], [3, 1, 2, 5]);
        using var refine = new CrossAttentionRefine(Pair, [new RefineTarget(1, alignment, new SpatialMap(1, 2, stimulus))], new RefineOptions(StepWindow.Always, kappa));
        using Tensor result = refine.OnCrossMap(TwoTokens, map);
        double[] rows = result.data<double>().ToArray();
        AssertClose(expected, rows[20..], 1e-7); // the gate is computed in the map of floats
        AssertClose([.. target, .. source], rows[..20], 0); // unconditional and source rows are untouched
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(1.0)]
    public void Refining_equal_maps_with_the_identity_changes_nothing(double kappa)
    {
        using var scope = NewDisposeScope();
        Tensor row = Maps(1, 4, 6);
        using var refine = new CrossAttentionRefine(Pair, [new RefineTarget(1, TokenAlignment.Identity(6), Ramp(2, 2))], new RefineOptions(StepWindow.Always, kappa));
        Tensor result = refine.OnCrossMap(Call(2, 2), cat([row, row, row]));
        Assert.True((result - cat([row, row, row])).abs().max().ToDouble() <= (kappa == 0 ? 0 : 1e-15));
    }

    [Fact]
    public void Outside_stimuli_refine_is_prompt_to_prompt_and_inside_the_targets_own_map()
    {
        using var scope = NewDisposeScope();
        Tensor map = Maps(3, 4, 6);
        TokenAlignment alignment = TokenAlignment.Between([0, 1, 2, 9], [0, 1, 7, 2, 9], 6);
        Tensor p2p = Refined(map, alignment, null, 0), zero = Refined(map, alignment, SpatialMap.Constant(2, 2, 0), 1), one = Refined(map, alignment, SpatialMap.Constant(2, 2, 1), 1);
        Assert.True(Same(p2p, zero));
        Assert.True(Same(map, one));
        Assert.True(Same(p2p, Refined(map, alignment, Ramp(2, 2), 0)));
    }

    [Fact]
    public void Refine_is_linear_in_the_stimulus()
    {
        using var scope = NewDisposeScope();
        Tensor map = Maps(3, 4, 6);
        TokenAlignment alignment = TokenAlignment.Between([0, 1, 2, 9], [0, 7, 1, 9], 6);
        Tensor Of(float e) => Refined(map, alignment, SpatialMap.Constant(2, 2, e), 1);
        Assert.True((Of(0.5f) - (Of(0.25f) + Of(0.75f)) * 0.5).abs().max().ToDouble() < 1e-15);
    }

    [Fact]
    public void Renormalised_rows_sum_to_one()
    {
        using var scope = NewDisposeScope();
        Tensor map = Maps(3, 4, 6);
        TokenAlignment alignment = TokenAlignment.Between([0, 1, 2, 9], [0, 7, 1, 9], 6);
        using var refine = new CrossAttentionRefine(Pair, [new RefineTarget(1, alignment, Ramp(2, 2))], new RefineOptions(StepWindow.Always, 1, Renormalise: true));
        Tensor sums = refine.OnCrossMap(Call(2, 2), map).sum(-1);
        Assert.True((sums - 1.0).abs().max().ToDouble() < 1e-14);
        Assert.True((Refined(map, alignment, Ramp(2, 2), 1).sum(-1) - 1.0).abs().max().ToDouble() > 1e-3);
    }

    [Fact]
    public void Refine_asks_for_maps_only_inside_its_window()
    {
        using var refine = new CrossAttentionRefine(Pair, [new RefineTarget(1, TokenAlignment.Identity(6))], new RefineOptions(StepWindow.First(0.5, 10)));
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, 10).Where(k => refine.WantsCrossMap(TwoTokens with { Step = k })));
        using var nobody = new CrossAttentionRefine(Pair, [], new RefineOptions(StepWindow.Always));
        Assert.False(nobody.WantsCrossMap(TwoTokens));
    }

    [Fact]
    public void Refine_refuses_a_missing_branch_a_wrong_gate_and_a_wrong_length()
    {
        Assert.Throws<DiffusionException>(() => new CrossAttentionRefine(Pair, [new RefineTarget(1, TokenAlignment.Identity(6))], new RefineOptions(StepWindow.Always, From: RefineFrom.Mutual)));
        Assert.Throws<DiffusionException>(() => new CrossAttentionRefine(Pair, [new RefineTarget(0, TokenAlignment.Identity(6))], new RefineOptions(StepWindow.Always)));
        Assert.Throws<DiffusionException>(() => new CrossAttentionRefine(Pair, [], new RefineOptions(StepWindow.Always, Kappa: 1.5)));
        using Tensor map = Maps(3, 4, 7);
        using var refine = new CrossAttentionRefine(Pair, [new RefineTarget(1, TokenAlignment.Identity(6))], new RefineOptions(StepWindow.Always));
        Assert.Contains("site", Assert.Throws<DiffusionException>(() => refine.OnCrossMap(Call(2, 2), map)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Structure_phase_gives_target_and_mutual_the_sources_queries_and_keys()
    {
        // rows: 0 src u, 1 tgt u, 2 mut u, 3 src c, 4 tgt c, 5 mut c
        (float[] q, float[] k, float[] v) = Shared(scaleSource: 2, step: 0);
        Assert.Equal([0, 0, 0, 3, 3, 3], q);
        Assert.Equal([0, 0, 0, 3, 3, 3], k);
        Assert.Equal([0, 1, 0, 3, 4, 3], v);
    }

    [Fact]
    public void Appearance_phase_gives_the_mutual_branch_its_targets_queries_and_the_sources_keys_and_values()
    {
        (float[] q, float[] k, float[] v) = Shared(scaleSource: 2, step: 5);
        Assert.Equal([0, 1, 1, 3, 4, 4], q);
        Assert.Equal([0, 1, 0, 3, 4, 3], k);
        Assert.Equal([0, 1, 0, 3, 4, 3], v);
    }

    [Fact]
    public void Without_an_unconditional_source_row_the_conditional_one_serves_both_halves()
    {
        // rows: 0 tgt u, 1 src c, 2 tgt c, 3 mut c
        (float[] q, float[] k, float[] v) = Shared(scaleSource: 1, step: 0);
        Assert.Equal([1, 1, 1, 1], q);
        Assert.Equal([1, 1, 1, 1], k);
        Assert.Equal([0, 1, 2, 1], v);
    }

    [Fact]
    public void Without_mutual_branches_the_appearance_phase_leaves_attention_fused()
    {
        using var share = new SelfAttentionShare(Pair, StepWindow.First(0.5, 10));
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, 10).Where(k => share.WantsSelfQkv(TwoTokens with { Step = k })));
    }

    [Fact]
    public void The_accumulator_sums_conditional_maps_over_steps_and_averages_heads_and_layers()
    {
        using var scope = NewDisposeScope();
        AttentionSite[] sites = [.. Enumerable.Range(0, 3).Select(i => new AttentionSite(i, $"s{i}", AttentionPlace.Down, 2, 3))];
        using var maps = new CrossMapAccumulator(Pair, sites[1..]);
        Assert.Throws<DiffusionException>(() => maps.Mean(0));
        for (int step = 0; step < 2; step++)
        {
            foreach ((AttentionSite site, float value) in sites.Zip([100f, 1, 3]))
            {
                var call = new AttentionCall(site, step, 2, 2);
                if (maps.WantsCrossMap(call))
                {
                    Tensor one = full([1, 3, 4, 6], value);
                    _ = maps.OnCrossMap(call, cat([one * 50, one, one * 2])); // rows: tgt uncond (must not count), src, tgt
                }
            }
        }

        using Tensor source = maps.Mean(0), target = maps.Mean(1);
        Assert.Equal(2 * (1 + 3) / 2.0, source.data<float>()[0, 0], 5);
        Assert.Equal(2 * 2 * (1 + 3) / 2.0, target.data<float>()[0, 0], 5);
        Assert.Equal([4, 6], source.shape);
        Assert.Equal((2, 2), (maps.Height, maps.Width));
    }

    [Fact]
    public void What_controls_hold_does_not_grow_with_the_steps_and_large_layers_are_never_materialised()
    {
        // The sizes of Stable Diffusion 1.x at 64x64 latents: five cross layers of 16x16, self-attention of up to 4,096 tokens.
        const int Tokens = 256, Words = 77, Branches = 2;
        AttentionSite[] sites = [.. Enumerable.Range(0, 5).Select(i => new AttentionSite(i, $"s{i}", AttentionPlace.Down, 2, 3))];
        using var bytes = new EngineBytes();
        using var maps = new CrossMapAccumulator(Pair, sites);
        long before = bytes.Now();
        List<long> held = [];
        for (int step = 0; step < 6; step++)
        {
            using var scope = NewDisposeScope();
            foreach (AttentionSite site in sites)
            {
                _ = maps.OnCrossMap(new AttentionCall(site, step, 16, 16), ones(3, 8, Tokens, Words));
            }

            scope.Dispose();
            held.Add(bytes.Now() - before);
        }

        long sums = 5L * Branches * Tokens * Words * sizeof(float);
        Assert.All(held, h => Assert.InRange(h, sums, sums + (1 << 16)));

        using var replaced = new SelfAttentionReplace(Pair, StepWindow.Always);
        using var shared = new SelfAttentionShare(Pair, StepWindow.Always);
        var large = new AttentionCall(new AttentionSite(0, "large", AttentionPlace.Down, 0, 0), 0, 64, 64);
        Assert.All(new IAttentionControl[] { replaced, shared, maps }, control => Assert.False(control.WantsSelfMap(large) || control.WantsCrossMap(large with { Site = large.Site with { Index = 99 } })));
        Assert.False(((IAttentionControl)replaced).WantsSelfQkv(large));
        Assert.True(((IAttentionControl)shared).WantsSelfQkv(large)); // queries and keys: 5 MB a branch in half precision instead of a map of 268 MB
    }

    [Fact]
    public void Attention_is_the_softmax_of_the_golden_vector()
    {
        JsonElement golden = Golden.Case("softmax");
        double[] logits = golden.GetProperty("logits").Doubles();
        using var scope = NewDisposeScope();
        Tensor keys = tensor(logits, [1, 1, logits.Length, 1]), query = ones([1, 1, 1, 1], ScalarType.Float64); // [B, H, T, d]
        Tensor map = Models.Layers.ScaledDotProductAttention.Probabilities(query, keys, null, 1);
        AssertClose(golden.GetProperty("p").Doubles(), map.to(ScalarType.Float64).data<double>().ToArray(), 1e-6);
    }

    [Fact]
    public void Word_maps_come_from_two_down_and_three_up_layers_two_halvings_below_the_latent()
    {
        // Stable Diffusion 1.x: down 64, 64, 32, 32, 16, 16; middle 8; up 16 x3, 32 x3, 64 x3
        int[] down = [0, 0, 1, 1, 2, 2], up = [2, 2, 2, 1, 1, 1, 0, 0, 0];
        Assert.Equal([4, 5, 7, 8, 9], CrossMapAccumulator.WordSites(Sites(down, 3, up)).Select(s => s.Index));

        // A small UNet that attends one halving below only: the last two and first three of what there is.
        Assert.Equal([2, 3, 5, 6, 7], CrossMapAccumulator.WordSites(Sites([1, 1, 1, 1], 1, [1, 1, 1, 1, 1])).Select(s => s.Index));
        Assert.Throws<DiffusionException>(() => CrossMapAccumulator.WordSites(Sites([], 1, [])));
    }

    [Fact]
    public void A_chain_hands_each_control_what_the_one_before_returned()
    {
        using var scope = NewDisposeScope();
        var chain = new ControlChain(new Adder(1, "cross"), new Adder(2, "self"), new Adder(4, "cross"));
        Tensor zero = zeros(1, 1, 1, 1);
        Assert.True(chain.WantsCrossMap(TwoTokens) && chain.WantsSelfMap(TwoTokens) && !chain.WantsValueContext(TwoTokens) && !chain.WantsSelfQkv(TwoTokens) && !chain.WantsResidual("b", 0));
        Assert.Equal(5, chain.OnCrossMap(TwoTokens, zero).ToDouble());
        Assert.Equal(2, chain.OnSelfMap(TwoTokens, zero).ToDouble());
    }

    [Fact]
    public void Controls_leave_no_tensor_behind()
    {
        LiveTensors.AssertUnchangedBy(() =>
        {
            using (NewDisposeScope())
            using (var refine = new CrossAttentionRefine(Pair, [new RefineTarget(1, TokenAlignment.Identity(6), Ramp(2, 2))], new RefineOptions(StepWindow.Always)))
            using (var share = new SelfAttentionShare(Pair, StepWindow.Always))
            using (var maps = new CrossMapAccumulator(Pair, [Call(2, 2).Site]))
            {
                Tensor map = Maps(3, 4, 6);
                map = maps.OnCrossMap(Call(2, 2), refine.OnCrossMap(Call(2, 2), map));
                _ = share.OnSelfQkv(Call(2, 2), map, map, map);
            }
        });
    }

    private static AttentionSite[] Sites(int[] down, int middle, int[] up)
    {
        IEnumerable<(AttentionPlace, int)> all = [.. down.Select(l => (AttentionPlace.Down, l)), (AttentionPlace.Mid, middle), .. up.Select(l => (AttentionPlace.Up, l))];
        return [.. all.Select((s, i) => new AttentionSite(i, $"{i}", s.Item1, s.Item2, 1))];
    }

    private static (float[] Query, float[] Key, float[] Value) Shared(double scaleSource, int step)
    {
        var layout = new BranchLayout([new(0, BranchKind.Source, -1, scaleSource), new(0, BranchKind.Target, 0, 2), new(0, BranchKind.Mutual, 0, scaleSource)]);
        using var scope = NewDisposeScope();
        using var share = new SelfAttentionShare(layout, StepWindow.First(0.5, 10));
        Tensor rows = arange(layout.Rows.Count).to(ScalarType.Float32).reshape(-1, 1, 1, 1);
        (Tensor q, Tensor k, Tensor v) = share.OnSelfQkv(TwoTokens with { Step = step }, rows, rows, rows);
        return (q.data<float>().ToArray(), k.data<float>().ToArray(), v.data<float>().ToArray());
    }

    private static Tensor Refined(Tensor map, TokenAlignment alignment, SpatialMap? stimulus, double kappa)
    {
        using var refine = new CrossAttentionRefine(Pair, [new RefineTarget(1, alignment, stimulus)], new RefineOptions(StepWindow.Always, kappa));
        return refine.OnCrossMap(Call(2, 2), map);
    }

    private static AttentionCall Call(int height, int width) => new(new AttentionSite(0, "site", AttentionPlace.Down, 0, 2), 0, height, width);

    private static SpatialMap Ramp(int height, int width) => new(height, width, [.. Enumerable.Range(0, height * width).Select(i => (float)i / (height * width - 1))]);

    // random maps [rows, 2 heads, T, L] whose rows sum to 1, float64
    private static Tensor Maps(int rows, int tokens, int length)
    {
        using var scope = NewDisposeScope();
        return new NoiseSource(rows, "maps").NormalTensor("m", [rows, 2, tokens, length]).to(ScalarType.Float64).softmax(-1).MoveToOuterDisposeScope();
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, tolerance));
    }

    private sealed class Adder(double value, string kind) : IAttentionControl
    {
        public bool WantsCrossMap(in AttentionCall call) => kind == "cross";

        public Tensor OnCrossMap(in AttentionCall call, Tensor map) => map + value;

        public bool WantsSelfMap(in AttentionCall call) => kind == "self";

        public Tensor OnSelfMap(in AttentionCall call, Tensor map) => map + value;
    }
}
