using Pipeline.Models.Attention;
using Pipeline.Models.StableDiffusion;
using TorchSharp;
using static Pipeline.Models.Tests.StableDiffusion.TinyUNet;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.StableDiffusion;

public sealed class AttentionSeamTests : IDisposable
{
    private readonly UNet2DConditionModel _unet = Create();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _gradients = no_grad();
    private readonly Tensor _timestep = tensor(321L);

    public void Dispose()
    {
        _gradients.Dispose();
        _scope.Dispose();
        _unet.Dispose();
    }

    [Fact]
    public void A_control_that_returns_what_it_got_changes_nothing()
    {
        Tensor plain = Run(null);
        RecordingControl same = new()
        {
            SelfQkv = (_, t) => t,
            SelfMap = (_, map) => map,
            ValueContext = (_, context) => context,
            CrossMap = (_, map) => map,
            Residual = (_, hidden) => hidden,
        };
        AssertClose(plain, Run(same), 1e-6);
        Assert.Equal(_unet.AttentionSites.Count, same.SelfMaps.Count);
        Assert.Equal(_unet.AttentionSites.Count, same.CrossMaps.Count);
    }

    [Fact]
    public void A_control_that_copies_what_it_got_changes_nothing()
    {
        RecordingControl copies = new()
        {
            SelfQkv = (_, t) => (t.Q.clone(), t.K.clone(), t.V.clone()),
            SelfMap = (_, map) => map.clone(),
            ValueContext = (_, context) => context.clone(),
            CrossMap = (_, map) => map.clone(),
            Residual = (_, hidden) => hidden.clone(),
        };
        AssertClose(Run(null), Run(copies), 1e-6);
    }

    [Fact]
    public void Maps_are_made_only_at_the_sites_and_steps_that_were_asked_for()
    {
        RecordingControl picky = new() { CrossMap = (_, map) => map, Listens = c => c.Site.Index == 2 && c.Step == 3 };
        for (int step = 0; step < 5; step++)
        {
            Run(picky, step);
        }

        AttentionCall call = Assert.Single(picky.CrossMaps);
        Assert.Equal((2, 3), (call.Site.Index, call.Step));
        Assert.Empty(picky.SelfMaps);
    }

    [Fact]
    public void A_control_without_wishes_is_asked_and_never_called()
    {
        RecordingControl silent = new();
        AssertClose(Run(null), Run(silent), 0);
        Assert.Empty(silent.CrossMaps);
        Assert.Empty(silent.SelfMaps);
        Assert.Empty(silent.Blocks);
    }

    [Fact]
    public void Maps_have_the_layers_grid_and_rows_that_sum_to_one()
    {
        List<(AttentionCall Call, long[] Shape, double Error)> seen = [];
        Tensor Look(AttentionCall call, Tensor map)
        {
            seen.Add((call, map.shape, (map.sum(-1) - 1.0).abs().max().item<float>()));
            return map;
        }

        Run(new RecordingControl { SelfMap = Look, CrossMap = Look }, sample: Sample(2, 8, 12));
        Assert.All(seen, s => Assert.True(s.Error < 1e-5));
        foreach ((AttentionCall call, long[] shape, _) in seen)
        {
            Assert.Equal((8 >> call.Site.Level, 12 >> call.Site.Level), (call.Height, call.Width));
            Assert.Equal([2, 2, call.Tokens], shape[..3]);
            Assert.Contains(shape[3], (long[])[call.Tokens, 5]);
        }
    }

    [Fact]
    public void Taking_the_sources_queries_and_keys_is_taking_its_map()
    {
        // Row 0 is the source, row 1 the target: EDITING 23.
        RecordingControl queries = new() { SelfQkv = (_, t) => (SourceTwice(t.Q), SourceTwice(t.K), t.V) };
        RecordingControl maps = new() { SelfMap = (_, map) => SourceTwice(map) };
        Tensor byQueries = Run(queries);
        AssertClose(byQueries, Run(maps), 1e-5);
        Assert.True(Difference(Run(null)[1], byQueries[1]) > 1e-3);
        AssertClose(Run(null)[0], byQueries[0], 1e-6);
    }

    [Fact]
    public void The_value_context_changes_values_and_leaves_the_first_layers_map()
    {
        Tensor? plain = null;
        Tensor? changed = null;
        Tensor Keep(ref Tensor? slot, AttentionCall call, Tensor map)
        {
            slot ??= map.clone().MoveToOtherDisposeScope(_scope);
            return map;
        }

        Tensor expected = Run(new RecordingControl { CrossMap = (c, map) => Keep(ref plain, c, map) });
        Tensor actual = Run(new RecordingControl { CrossMap = (c, map) => Keep(ref changed, c, map), ValueContext = (_, context) => context * 2.0 });
        AssertClose(plain!, changed!, 0);
        Assert.True(Difference(expected, actual) > 1e-3);
    }

    [Fact]
    public void A_map_of_zeros_switches_the_layer_off()
    {
        // With no weights on any token, the text has no influence.
        Tensor Off(AttentionCall call, Tensor map) => zeros_like(map);
        RecordingControl off = new() { CrossMap = Off };
        AssertClose(Run(off), Run(off, context: Random(99, 2, 5, 10)), 1e-6);
    }

    [Fact]
    public void A_residual_hook_hears_every_block_in_order_and_may_replace_it()
    {
        RecordingControl ears = new() { Residual = (_, hidden) => hidden };
        Run(ears);
        Assert.Equal("conv_in", ears.Blocks[0]);
        Assert.Equal(["conv_norm_out", "conv_out"], ears.Blocks[^2..]);
        string[] some =
        [
            "down_blocks.0.resnets.0.conv2", "down_blocks.0.resnets.0", "down_blocks.0.attentions.0.transformer_blocks.0.ff", "down_blocks.0.attentions.0.transformer_blocks.0",
            "down_blocks.0.attentions.0", "down_blocks.0", "mid_block.resnets.1", "mid_block", "up_blocks.1.resnets.1.conv2", "up_blocks.2",
        ];
        Assert.Equal(some, ears.Blocks.Where(some.Contains));

        Tensor own = Random(5, 2, 16, 2, 2).MoveToOtherDisposeScope(_scope);
        RecordingControl replaces = new() { Residual = (_, _) => own, ListensToBlock = b => b == "mid_block" };
        Assert.True(Difference(Run(null), Run(replaces)) > 1e-3);
        Assert.False(own.IsInvalid);        // what the control gave stays the control's
        AssertClose(Run(replaces), Run(replaces), 0);
    }

    [Fact]
    public void A_heard_convolution_is_not_changed_afterwards()
    {
        Tensor? heard = null;
        Tensor? copy = null;
        RecordingControl control = new()
        {
            ListensToBlock = b => b == "up_blocks.1.resnets.1.conv2",
            Residual = (_, hidden) =>
            {
                heard = hidden.detach().MoveToOtherDisposeScope(_scope);
                copy = hidden.clone().MoveToOtherDisposeScope(_scope);
                return hidden;
            },
        };
        Run(control);
        AssertClose(copy!, heard!, 0);
    }

    [Fact]
    public void Forward_passes_leave_no_tensor_behind()
    {
        RecordingControl busy = new()
        {
            SelfQkv = (_, t) => (t.Q * 1.0, t.K, t.V),
            SelfMap = (_, map) => map * 1.0,
            ValueContext = (_, context) => context * 1.0,
            CrossMap = (_, map) => map * 1.0,
            Residual = (_, hidden) => hidden * 1.0,
        };
        Tensor sample = Sample();
        Tensor context = Context();
        AssertLeavesNoTensor(() => _unet.Forward(sample, _timestep, context).Dispose());
        AssertLeavesNoTensor(() =>
        {
            using var scope = NewDisposeScope();
            _unet.Forward(sample, _timestep, context, busy);
        });
    }

    private static Tensor SourceTwice(Tensor t) => t.narrow(0, 0, 1).expand_as(t);

    private Tensor Run(IAttentionControl? control, int step = 0, Tensor? sample = null, Tensor? context = null) =>
        _unet.Forward(sample ?? Sample(), _timestep, context ?? Context(), control, step);
}
