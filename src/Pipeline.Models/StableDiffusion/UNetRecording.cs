using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>
/// One forward pass of a UNet that can be differentiated in little memory (T. Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016, arXiv:1604.06174): only the hidden state between layers
/// is kept; going back, each layer (residual block and transformer) is computed again with a graph, its vector-Jacobian product is taken, and the graph is dropped before the next one is made. Peak memory is that of one layer.
/// </summary>
public sealed class UNetRecording : IDisposable
{
    private readonly IReadOnlyList<UNetSegment> _segments;
    private readonly UNetCall _call;
    private readonly Tensor _sample;
    private readonly Action _onBackward;
    private readonly List<Border> _borders = [];
    private readonly List<Tensor> _owned = [];

    internal UNetRecording(IReadOnlyList<UNetSegment> segments, UNetCall call, Tensor sample, Action onBackward)
    {
        (_segments, _sample, _onBackward) = (segments, sample, onBackward);
        _call = call with { ActiveTimeEmbedding = Keep(call.ActiveTimeEmbedding) };
        using var scope = NewDisposeScope();
        List<Tensor> skips = [];
        Tensor hidden = sample;
        foreach (UNetSegment segment in segments)
        {
            Stack<Tensor> given = Aliases(skips);
            Tensor next = segment.Run(hidden.alias(), _call, given);
            int pushed = Math.Max(0, given.Count - skips.Count), taken = Math.Max(0, skips.Count - given.Count);
            _borders.Add(new Border(hidden, [.. skips], taken, pushed));
            skips.RemoveRange(skips.Count - taken, taken);
            skips.AddRange(given.Take(pushed).Reverse().Select(s => Keep(s.alias())));
            hidden = Keep(next);
        }

        Output = hidden;
    }

    /// <summary>The prediction [B, out, H, W]; belongs to the recording.</summary>
    public Tensor Output { get; }

    /// <summary>Gradients with respect to leaves that the pass read: its text states, its sample, or tensors that its control brings in.</summary>
    /// <param name="gradient">Of the prediction [B, out, H, W]; null where only <paramref name="layerLoss"/> is differentiated.</param>
    /// <param name="leaves">The leaves; each must be the very object that was read, a leaf, and require gradients.</param>
    /// <param name="layerLoss">
    /// Asked after each layer is recomputed: a scalar that was gathered in this layer by the control and is to be added to what is differentiated, or null.
    /// </param>
    /// <returns>One gradient a leaf, the caller's; zeros where the prediction does not depend on it.</returns>
    public IReadOnlyList<Tensor> Gradients(Tensor? gradient, IReadOnlyList<Tensor> leaves, Func<Tensor?>? layerLoss = null)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        _onBackward();
        using var scope = NewDisposeScope();
        Tensor[] sums = [.. leaves.Select(l => zeros_like(l))];
        int first = FirstNeeded(leaves);
        Tensor? hidden = gradient;
        var skips = new Stack<Tensor?>();
        for (int s = _segments.Count - 1; s >= first; s--)
        {
            hidden = Back(s, s > first, hidden, skips, leaves, sums, layerLoss);
        }

        return [.. sums.Select(t => t.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _owned.ForEach(t => t.Dispose());
        _owned.Clear();
    }

    // Nothing before the first cross-attention can depend on the text; a control may listen anywhere.
    private int FirstNeeded(IReadOnlyList<Tensor> leaves)
    {
        bool everything = _call.Control is not null || leaves.Any(l => ReferenceEquals(l, _sample));
        int first = everything ? 0 : _segments.ToList().FindIndex(s => s.ReadsText);
        return first < 0 ? 0 : first;
    }

    // The vector-Jacobian product of one segment: gradients of what it put out become those of what it took in.
    private Tensor? Back(int s, bool further, Tensor? gradient, Stack<Tensor?> skipGradients, IReadOnlyList<Tensor> leaves, Tensor[] sums, Func<Tensor?>? layerLoss)
    {
        Border border = _borders[s];
        using var scope = NewDisposeScope();
        using IDisposable graph = enable_grad();
        Tensor input = s == 0 ? _sample : border.Input.detach().requires_grad_(further);
        Tensor[] taken = [.. border.Skips.TakeLast(border.Taken).Select(t => t.detach().requires_grad_())];
        Stack<Tensor> given = Aliases([.. border.Skips.SkipLast(border.Taken), .. taken]);
        Tensor output = _segments[s].Run(input.alias(), _call, given);

        List<(Tensor Of, Tensor Gradient)> roots = [];
        void Add(Tensor of, Tensor? with)
        {
            if (with is not null && of.requires_grad)
            {
                roots.Add((of, with));
            }
        }

        Add(output, gradient);
        foreach (Tensor pushed in given.Take(border.Pushed))
        {
            Add(pushed, skipGradients.Pop());
        }

        if (layerLoss?.Invoke() is { } loss)
        {
            Add(loss, ones_like(loss));
        }

        Tensor[] inputs = [.. further ? [input] : Array.Empty<Tensor>(), .. taken, .. leaves];
        IList<Tensor> gradients = roots.Count == 0
            ? new Tensor[inputs.Length]
            : autograd.grad([.. roots.Select(r => r.Of)], inputs, [.. roots.Select(r => r.Gradient)], allow_unused: true);
        int at = further ? 1 : 0;
        for (int i = 0; i < taken.Length; i++)
        {
            skipGradients.Push(gradients[at + i]?.MoveToOuterDisposeScope());
        }

        using IDisposable noGraph = no_grad();
        for (int i = 0; i < sums.Length; i++)
        {
            if (gradients[at + taken.Length + i] is { } part)
            {
                sums[i].add_(part);
            }
        }

        return further ? gradients[0]?.MoveToOuterDisposeScope() : null;
    }

    private Tensor Keep(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    // The last one on top; a segment disposes what it takes.
    private static Stack<Tensor> Aliases(IReadOnlyList<Tensor> skips) => new(skips.Select(s => s.alias()));

    /// <param name="Input">Hidden state that enters the segment.</param>
    /// <param name="Skips">All skips there, the last on top.</param>
    /// <param name="Taken">How many it takes.</param>
    /// <param name="Pushed">How many it puts there.</param>
    private sealed record Border(Tensor Input, IReadOnlyList<Tensor> Skips, int Taken, int Pushed);
}
