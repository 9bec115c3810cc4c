using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.Models.Attention;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class PromptToPromptTests : IDisposable
{
    private const int Steps = 10;
    private const int Length = 10;
    private const int Width = 8;
    private readonly AttentionToy toy = new(4, Width, ScalarType.Float64);

    public void Dispose() => toy.Dispose();

    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(0.4, 0.6)]
    [InlineData(1.0, 1.0)]
    public void Equal_prompts_keep_target_and_source_bit_equal_under_any_schedule(double cross, double self)
    {
        using var scope = NewDisposeScope();
        Tensor z = Sample(["a red car", "a red car"], cross, self);
        Assert.True(Same(z.narrow(0, 0, 1), z.narrow(0, 1, 1)));
    }

    [Fact]
    public void Without_any_replacement_the_target_is_plain_sampling_and_no_map_is_materialised()
    {
        using var scope = NewDisposeScope();
        Tensor controlled = Sample(["a red car", "a blue car"], 0, 0);
        Assert.Empty(toy.Materialised);
        Assert.True(Same(controlled.narrow(0, 1, 1), Sample(["a blue car"], 0, 0)));
    }

    [Fact]
    public void Replacing_everything_pulls_the_target_towards_the_source()
    {
        using var scope = NewDisposeScope();
        Tensor free = Sample(["a red car", "a blue car"], 0, 0), bound = Sample(["a red car", "a blue car"], 1, 1);
        double Distance(Tensor z) => (z.narrow(0, 1, 1) - z.narrow(0, 0, 1)).square().mean().ToDouble();
        Assert.True(Distance(bound) < Distance(free), $"{Distance(bound)} against {Distance(free)}");
    }

    [Fact]
    public void Targets_in_one_batch_equal_separate_runs()
    {
        using var scope = NewDisposeScope();
        Tensor together = Sample(["a red car", "a blue car", "a green car"], 0.6, 0.4);
        Tensor first = Sample(["a red car", "a blue car"], 0.6, 0.4), second = Sample(["a red car", "a green car"], 0.6, 0.4);
        Assert.True((together.narrow(0, 1, 1) - first.narrow(0, 1, 1)).abs().max().ToDouble() < 1e-10);
        Assert.True((together.narrow(0, 2, 1) - second.narrow(0, 1, 1)).abs().max().ToDouble() < 1e-10);
    }

    [Theory]
    [InlineData(-1.0, false)] // every cell exceeds the threshold: no blend
    [InlineData(1.0, true)] // no cell exceeds its own maximum: the source everywhere
    public void A_full_local_mask_changes_nothing_and_an_empty_one_gives_the_source(double threshold, bool source)
    {
        using var scope = NewDisposeScope();
        Tensor plain = Sample(["a red car", "a blue car"], 0.4, 0.4), blended = Sample(["a red car", "a blue car"], 0.4, 0.4, threshold);
        Assert.True(Same(plain.narrow(0, 0, 1), blended.narrow(0, 0, 1)));
        Tensor expected = (source ? plain.narrow(0, 0, 1) : plain.narrow(0, 1, 1)), actual = blended.narrow(0, 1, 1);
        Assert.True((expected - actual).abs().max().ToDouble() < (source ? 1e-300 : 1e-9));
    }

    [Fact]
    public void Reweighting_multiplies_the_sources_map_after_the_inner_edit()
    {
        using var scope = NewDisposeScope();
        Tensor map = tensor(new float[] { 0.5f, 0.3f, 0.2f }, [1, 1, 1, 3]);
        using var edit = new ReweightEdit(new ReplaceEdit([1, 0, 0, 0, 0, 1, 0, 1, 0]), [1, 2, -1]);
        Tensor edited = edit.Apply(map, zeros_like(map));
        Assert.True((edited - tensor(new float[] { 0.5f, 0.4f, -0.3f }, [1, 1, 1, 3])).abs().max().ToDouble() < 1e-7);
    }

    [Fact]
    public void Self_attention_is_replaced_in_its_half_window_and_up_to_its_largest_layer()
    {
        var layout = new BranchLayout([new(0, BranchKind.Source, -1, 7.5), new(0, BranchKind.Target, 0, 7.5)]); // rows: src u, tgt u, src c, tgt c
        AttentionCall Call(int side, int step) => new(new AttentionSite(0, "s", AttentionPlace.Down, 0, 1), step, side, side);
        using var conditional = new SelfAttentionReplace(layout, new StepWindow(2, 5));
        using var unconditional = new SelfAttentionReplace(layout, StepWindow.Always, GuidanceHalf.Unconditional);
        Assert.Equal([2, 3, 4], Enumerable.Range(0, 10).Where(k => conditional.WantsSelfQkv(Call(32, k))));
        Assert.False(conditional.WantsSelfQkv(Call(33, 3)));
        using var scope = NewDisposeScope();
        Tensor rows = arange(4).to(ScalarType.Float32).reshape(-1, 1, 1, 1);
        (Tensor q, _, Tensor v) = conditional.OnSelfQkv(Call(8, 3), rows, rows, rows);
        Assert.Equal([0, 1, 2, 2], q.data<float>().ToArray());
        Assert.Equal([0, 1, 2, 3], v.data<float>().ToArray());
        Assert.Equal([0, 0, 2, 3], unconditional.OnSelfQkv(Call(8, 3), rows, rows, rows).Query.data<float>().ToArray());
        var dropped = new BranchLayout([new(0, BranchKind.Source, -1, 1), new(0, BranchKind.Target, 0, 7.5)]);
        Assert.Throws<DiffusionException>(() => new SelfAttentionReplace(dropped, StepWindow.Always, GuidanceHalf.Unconditional));
    }

    [Fact]
    public void A_controlled_sampling_leaves_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        _ = Sample(["a red car", "a blue car"], 0.4, 0.4, 0.3);
    });

    private Tensor Sample(string[] prompts, double cross, double self, double? threshold = null)
    {
        TextStates[] texts = [.. prompts.Select(p => ToyText.Encode(p, Length, Width, ScalarType.Float64))];
        using var empty = ToyText.Encode("", Length, Width, ScalarType.Float64).States;
        Tensor start = new NoiseSource(1, "latent").NormalTensor("zT", [1, 4, 8, 8]).to(ScalarType.Float64);
        using var trajectory = new SamplingTrajectory(new DdimScheduler(new DdimOptions { StepsOffset = 0 }), start, Steps);
        var group = new EditGroup(trajectory, [.. texts.Select((t, i) => new EditBranch(i == 0 ? BranchKind.Source : BranchKind.Target, i - 1, 2, t.States, empty))]);
        using var batch = new EditBatch([group]);
        PromptWords Words(int i) => new(prompts[i], prompts[i].Split(' '));
        using var edits = new PromptToPromptControl(batch.Layout, Enumerable.Range(1, prompts.Length - 1).Select(i => new PromptToPromptTarget(
            i, new ReplaceEdit(TokenReplacement.Between(Words(0), Words(i), Length)), new WordSchedule(Steps, Length, (0, cross)))));
        using var selves = new SelfAttentionReplace(batch.Layout, new StepWindow(0, (int)(Steps * self)));
        using var maps = new CrossMapAccumulator(batch.Layout, CrossMapAccumulator.WordSites(toy.AttentionSites));
        IAttentionControl[] controls = threshold is null ? [edits, selves] : [edits, selves, maps];
        group.Blend = threshold is double th
            ? new LocalBlend(maps, new LocalBlendWords(0, [2], []), [.. Enumerable.Range(1, prompts.Length - 1).Select(i => new LocalBlendWords(i, [2], []))], new LocalBlendOptions(th))
            : null;
        return new EditingLoop(toy).Run(batch, new ControlChain(controls), null, CancellationToken.None)[0].Latents;
    }
}
