using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Adam over a batch of independent samples that leave it one by one (D. Kingma, J. Ba, 2014, arXiv:1412.6980, algorithm 1; betas 0.9 and 0.999, epsilon 1e-8). Works in place, without graph.</summary>
internal sealed class BatchAdam : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly Tensor first; // [n, ...]
    private readonly Tensor second;
    private readonly double rate;
    private int steps;

    /// <summary>Fresh averages for values of the shape of <paramref name="like"/> [n, ...].</summary>
    public BatchAdam(Tensor like, double rate)
    {
        this.rate = rate;
        first = zeros_like(like).DetachFromDisposeScope();
        second = zeros_like(like).DetachFromDisposeScope();
    }

    /// <summary>One step of the samples that are still in: <paramref name="values"/> [n, ...] changes in place in those rows.</summary>
    /// <param name="values">All values.</param>
    /// <param name="rows">Rows that are still in; what has left does not come back.</param>
    /// <param name="gradients">Gradients of those rows [rows, ...].</param>
    public void Step(Tensor values, IReadOnlyList<int> rows, Tensor gradients)
    {
        steps++;
        for (int i = 0; i < rows.Count; i++)
        {
            using var scope = NewDisposeScope();
            Tensor g = gradients.narrow(0, i, 1);
            Tensor m = first.narrow(0, rows[i], 1).mul_(Beta1).add_(g * (1 - Beta1));
            Tensor v = second.narrow(0, rows[i], 1).mul_(Beta2).add_(g * g * (1 - Beta2));
            Tensor scale = (v.sqrt() / Math.Sqrt(1 - Math.Pow(Beta2, steps))).add_(Epsilon);
            values.narrow(0, rows[i], 1).sub_(m / scale * (rate / (1 - Math.Pow(Beta1, steps))));
        }
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }
}
