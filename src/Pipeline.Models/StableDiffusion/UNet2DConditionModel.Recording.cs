using Pipeline.Models.Attention;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

public sealed partial class UNet2DConditionModel
{
    private long _backwardCount;

    /// <summary>Sample-backwards so far, of <see cref="UNetRecording.Gradients"/>: each costs about three forwards, one of them the recomputation.</summary>
    public long BackwardCount => Interlocked.Read(ref _backwardCount);

    /// <summary>
    /// Like <see cref="Forward"/>, and remembers what a backward pass starts its recomputation from: the hidden state between layers, no more. The prediction itself is computed without a graph.
    /// </summary>
    /// <returns>The recording, the caller's. The arguments, the control included, must live and stay as they are until it is disposed.</returns>
    public UNetRecording Record(Tensor sample, Tensor timestep, Tensor context, IAttentionControl? control = null, int step = 0, AddedConditions? added = null)
    {
        Require(sample, context);
        Interlocked.Add(ref _forwardCount, sample.shape[0]);
        using var scope = NewDisposeScope();
        using IDisposable noGraph = no_grad();
        return new UNetRecording(_segments, Begin(sample, timestep, context, control, step, added), sample, () => Interlocked.Add(ref _backwardCount, sample.shape[0]));
    }

    private UNetCall Begin(Tensor sample, Tensor timestep, Tensor context, IAttentionControl? control, int step, AddedConditions? added) =>
        new(Activations.Apply(Config.Activation, Embed(timestep, sample.shape[0], added)), context, control, step);

    private UNetSegment[] Segments() =>
    [
        new(false, Enter),
        .. down_blocks.SelectMany(block => block.Segments()),
        new(true, (hidden, call, _) => mid_block.Forward(hidden, call)),
        .. up_blocks.SelectMany(block => block.Segments()),
        new(false, (hidden, call, _) => Finish(hidden, call)),
    ];

    private Tensor Enter(Tensor sample, UNetCall call, Stack<Tensor> skips)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = call.Tap("conv_in", conv_in.call(Config.CenterInput ? (sample * 2.0) - 1.0 : sample)).MoveToOuterDisposeScope();
        skips.Push(hidden);
        return hidden;
    }
}
