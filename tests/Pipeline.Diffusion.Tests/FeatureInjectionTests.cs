using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using Pipeline.TestKit;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class FeatureInjectionTests
{
    // rows: u(t0) u(t1) | c(source) c(t0) c(t1)
    private static readonly BranchLayout Layout = new([new(0, BranchKind.Source, -1, 1), new(0, BranchKind.Target, 0, 7.5), new(0, BranchKind.Target, 1, 7.5)]);
    private static readonly FeatureInjectionOptions Options = new(new StepWindow(0, 4), new StepWindow(0, 2));

    [Fact]
    public void Both_halves_of_every_target_take_the_sources_only_row()
    {
        using var scope = NewDisposeScope();
        using var control = new FeatureInjection(Layout, Options);
        Tensor rows = arange(5, ScalarType.Float32).reshape(5, 1, 1, 1);
        Assert.Equal([2f, 2, 2, 2, 2], Values(control.OnResidual("up_blocks.1.resnets.1.conv2", 0, rows)));
        (Tensor q, Tensor k, Tensor v) = control.OnSelfQkv(Call("up_blocks.1.attentions.1.transformer_blocks.0", 0), rows, rows, rows);
        Assert.Equal([2f, 2, 2, 2, 2], Values(q));
        Assert.Equal([2f, 2, 2, 2, 2], Values(k));
        Assert.Equal([0f, 1, 2, 3, 4], Values(v));
    }

    [Fact]
    public void With_an_unconditional_row_of_the_source_each_half_takes_its_like()
    {
        using var scope = NewDisposeScope();
        using var control = new FeatureInjection(new BranchLayout([new(0, BranchKind.Source, -1, 7.5), new(0, BranchKind.Target, 0, 7.5)]), Options);
        Assert.Equal([0f, 0, 2, 2], Values(control.OnResidual("up_blocks.1.resnets.1.conv2", 0, arange(4, ScalarType.Float32).reshape(4, 1))));
    }

    [Theory]
    [InlineData("up_blocks.1.resnets.1.conv2", 0, true)]
    [InlineData("up_blocks.1.resnets.1.conv2", 3, true)]
    [InlineData("up_blocks.1.resnets.1.conv2", 4, false)]
    [InlineData("up_blocks.1.resnets.1", 0, false)]
    [InlineData("up_blocks.1.resnets.0.conv2", 0, false)]
    [InlineData("down_blocks.1.resnets.1.conv2", 0, false)]
    public void Features_are_those_of_output_block_four_in_the_first_steps(string block, int step, bool expected)
    {
        using var control = new FeatureInjection(Layout, Options);
        Assert.Equal(expected, control.WantsResidual(block, step));
    }

    [Theory]
    [InlineData("up_blocks.1.attentions.0.transformer_blocks.0", 0, false)] // output block 3
    [InlineData("up_blocks.1.attentions.1.transformer_blocks.0", 0, true)]
    [InlineData("up_blocks.1.attentions.2.transformer_blocks.0", 1, true)]
    [InlineData("up_blocks.2.attentions.0.transformer_blocks.0", 1, true)]
    [InlineData("up_blocks.3.attentions.2.transformer_blocks.0", 1, true)] // output block 11
    [InlineData("up_blocks.3.attentions.2.transformer_blocks.0", 2, false)]
    [InlineData("down_blocks.1.attentions.1.transformer_blocks.0", 0, false)]
    [InlineData("mid_block.attentions.0.transformer_blocks.0", 0, false)]
    public void Attention_is_that_of_output_blocks_four_to_eleven(string site, int step, bool expected)
    {
        using var control = new FeatureInjection(Layout, Options);
        Assert.Equal(expected, control.WantsSelfQkv(Call(site, step)));
    }

    [Fact]
    public void It_leaves_no_tensor_behind() => LiveTensors.AssertUnchangedBy(Both_halves_of_every_target_take_the_sources_only_row);

    private static AttentionCall Call(string site, int step) => new(
        new AttentionSite(0, site, site[0] == 'u' ? AttentionPlace.Up : site[0] == 'd' ? AttentionPlace.Down : AttentionPlace.Mid, 1, 1), step, 4, 4);

    private static float[] Values(Tensor t)
    {
        using Tensor flat = t.reshape(-1).contiguous();
        using TensorAccessor<float> values = flat.data<float>();
        return values.ToArray();
    }
}
