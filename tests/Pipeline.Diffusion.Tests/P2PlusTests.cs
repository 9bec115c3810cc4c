using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.TestKit;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class P2PlusTests : IDisposable
{
    private const int Steps = 6;
    private const int Length = 8;
    private const int Width = 8;
    private readonly AttentionToy toy = new(4, Width, ScalarType.Float64);

    public void Dispose() => toy.Dispose();

    [Fact]
    public void Without_unconditional_steps_it_is_prompt_to_prompts_replacement()
    {
        using var scope = NewDisposeScope();
        Tensor plus = Sample(layout => new P2PlusControl(layout, new StepWindow(0, 4), StepWindow.Never));
        Tensor plain = Sample(layout => new SelfAttentionReplace(layout, new StepWindow(0, 4)));
        Assert.True(Same(plus, plain));
    }

    [Fact]
    public void The_unconditional_half_changes_the_target_and_never_the_source()
    {
        using var scope = NewDisposeScope();
        Tensor plus = Sample(layout => new P2PlusControl(layout, StepWindow.Never, new StepWindow(0, 3)));
        Tensor plain = Sample(_ => null);
        Assert.True(Same(plus.narrow(0, 0, 1), plain.narrow(0, 0, 1)));
        Assert.False(Same(plus.narrow(0, 1, 1), plain.narrow(0, 1, 1)));
    }

    [Fact]
    public void Both_halves_equal_one_control_for_each()
    {
        using var scope = NewDisposeScope();
        Tensor plus = Sample(layout => new P2PlusControl(layout, new StepWindow(0, 4), new StepWindow(0, 3)));
        Tensor two = Sample(layout => new ControlChain(
            new SelfAttentionReplace(layout, new StepWindow(0, 4)), new SelfAttentionReplace(layout, new StepWindow(0, 3), GuidanceHalf.Unconditional)));
        Assert.True(Same(plus, two));
    }

    [Fact]
    public void A_layout_without_the_sources_unconditional_row_is_refused()
    {
        var layout = new BranchLayout([new(0, BranchKind.Source, -1, 1), new(0, BranchKind.Target, 0, 7.5)]);
        Assert.Contains("Unconditional", Assert.Throws<DiffusionException>(() => new P2PlusControl(layout, StepWindow.Never, new StepWindow(0, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_leaves_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        Sample(layout => new P2PlusControl(layout, new StepWindow(0, 4), new StepWindow(0, 3)));
    });

    private Tensor Sample(Func<BranchLayout, Pipeline.Models.Attention.IAttentionControl?> control)
    {
        using var scope = NewDisposeScope();
        Tensor start = new NoiseSource(1, "p2plus").NormalTensor("z", [1, 4, 8, 8]).to(ScalarType.Float64);
        using var trajectory = new SamplingTrajectory(new DdimScheduler(new DdimOptions()), start, Steps);
        Tensor empty = Text("");
        using var batch = new EditBatch([new EditGroup(trajectory,
            [new EditBranch(BranchKind.Source, -1, 7.5, Text("a red car"), empty), new EditBranch(BranchKind.Target, 0, 7.5, Text("a blue bus"), empty)])]);
        Pipeline.Models.Attention.IAttentionControl? made = control(batch.Layout);
        Tensor result = new EditingLoop(toy).Run(batch, made, null, CancellationToken.None)[0].Latents;
        foreach (IDisposable owned in made is ControlChain chain ? chain.Controls.OfType<IDisposable>() : new[] { made }.OfType<IDisposable>())
        {
            owned.Dispose();
        }

        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Text(string prompt) => ToyText.Encode(prompt, Length, Width, ScalarType.Float64).States;
}
