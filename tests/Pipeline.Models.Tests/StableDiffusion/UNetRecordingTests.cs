using Pipeline.Models.Attention;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Models.Tests.StableDiffusion.TinyUNet;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.StableDiffusion;

public sealed class UNetRecordingTests
{
    [Fact]
    public void The_prediction_is_that_of_a_plain_pass_bit_for_bit()
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        (Tensor sample, Tensor context, Tensor t) = (Sample(), Context(), tensor(10L));
        using UNetRecording recording = unet.Record(sample, t, context);
        using IDisposable noGraph = no_grad();
        Assert.True(recording.Output.eq(unet.Forward(sample, t, context)).all().ToBoolean());
        Assert.False(recording.Output.requires_grad);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(7, 5)]
    public void Block_wise_gradients_of_text_and_sample_are_those_of_one_graph(long height, long width)
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        Tensor sample = Sample(2, height, width).requires_grad_(), context = Context().requires_grad_(), t = tensor(10L);
        Tensor direction = Random(5, 2, 4, height, width);
        IList<Tensor> expected = autograd.grad([unet.Forward(sample, t, context)], [context, sample], [direction]);
        using UNetRecording recording = unet.Record(sample, t, context);
        IReadOnlyList<Tensor> both = recording.Gradients(direction, [context, sample]);
        Tensor alone = recording.Gradients(direction, [context])[0];

        AssertClose(expected[0], both[0], 1e-5);
        AssertClose(expected[1], both[1], 1e-5);
        AssertClose(expected[0], alone, 1e-5);
        Assert.True(expected[0].abs().max().ToDouble() > 1e-3);
        Assert.Equal(4, unet.BackwardCount);
    }

    [Fact]
    public void Gradients_reach_what_a_control_brings_in_and_the_losses_it_gathers()
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        (Tensor sample, Tensor context, Tensor t) = (Sample(), Context(), tensor(10L));
        Tensor values = Random(9, 2, 5, 10).requires_grad_();
        var control = new ValuesAndMaps(values);
        Tensor output = unet.Forward(sample, t, context, control);
        Tensor expected = autograd.grad([output.sum() + control.TakeLoss()!], [values])[0];

        control.Forget();
        using UNetRecording recording = unet.Record(sample, t, context, control);
        control.Forget();
        Tensor actual = recording.Gradients(ones_like(recording.Output), [values], control.TakeLoss)[0];
        AssertClose(expected, actual, 1e-4);
        Assert.True(expected.abs().max().ToDouble() > 1e-2);
    }

    [Fact]
    public void A_backward_pass_holds_one_layer_at_a_time()
    {
        using UNet2DConditionModel unet = Create(Json.Replace("\"layers_per_block\": 1", "\"layers_per_block\": 3", StringComparison.Ordinal));
        using var bytes = new EngineBytes();
        using var scope = NewDisposeScope();
        (Tensor sample, Tensor t, Tensor context) = (Sample(2, 32, 32), tensor(10L), Context().requires_grad_());
        long before = bytes.Now();
        using (NewDisposeScope())
        {
            _ = unet.Forward(sample, t, context);
            Assert.True(bytes.Now() > before);
            before = bytes.Now() - before; // the whole graph
        }

        var probe = new Probe(bytes);
        using UNetRecording recording = unet.Record(sample, t, context, probe);
        (probe.Peak, probe.From) = (0, bytes.Now());
        _ = recording.Gradients(ones_like(recording.Output), [context]);
        Assert.True(probe.Peak - probe.From < before * 2 / 5, $"{probe.Peak - probe.From} of {before} bytes");
    }

    [Fact]
    public void Recording_and_going_back_leave_no_tensor_behind()
    {
        using UNet2DConditionModel unet = Create();
        long before = LiveTensors.Settled();
        using (NewDisposeScope())
        {
            Tensor context = Context().requires_grad_();
            using UNetRecording recording = unet.Record(Sample(), tensor(10L), context);
            _ = recording.Gradients(ones_like(recording.Output), [context]);
        }

        LiveTensors.AssertBackTo(before);
    }

    // Values of all cross-attention layers come from one tensor; the squares of all maps are a loss.
    private sealed class ValuesAndMaps(Tensor values) : IAttentionControl
    {
        private Tensor? loss;

        public bool WantsValueContext(in AttentionCall call) => true;

        public Tensor OnValueContext(in AttentionCall call, Tensor context) => values;

        public bool WantsCrossMap(in AttentionCall call) => true;

        public Tensor OnCrossMap(in AttentionCall call, Tensor map)
        {
            Tensor part = map.square().sum();
            loss = (loss is null ? part : loss + part).DetachFromDisposeScope();
            return map;
        }

        public Tensor? TakeLoss()
        {
            Tensor? taken = loss?.MoveToOuterDisposeScope();
            loss = null;
            return taken;
        }

        public void Forget() => loss = null;
    }

    // Looks at the memory after every part of every block.
    private sealed class Probe(EngineBytes bytes) : IAttentionControl
    {
        public long Peak { get; set; }

        public long From { get; set; }

        public bool WantsResidual(string block, int step) => true;

        public Tensor OnResidual(string block, int step, Tensor hidden)
        {
            Peak = Math.Max(Peak, bytes.Now());
            return hidden;
        }
    }
}
