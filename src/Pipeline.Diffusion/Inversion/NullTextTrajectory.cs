using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Guided sampling from the end of an inversion path with the learned unconditional text of each step.</summary>
internal sealed class NullTextTrajectory : InvertedTrajectory
{
    private readonly Tensor[] embeddings; // N times [1, L, X]

    public NullTextTrajectory(DdimScheduler scheduler, Tensor path, Tensor embeddings, bool singleBranch)
        : base(scheduler, path, false, null)
    {
        this.embeddings = [.. Enumerable.Range(0, (int)embeddings.shape[0]).Select(k => embeddings.narrow(0, k, 1).clone().DetachFromDisposeScope())];
        SharesUnconditional = !singleBranch;
    }

    public override bool SharesUnconditional { get; }

    public override Tensor? UnconditionalAt(int k) => embeddings[k];

    public override void Dispose()
    {
        Array.ForEach(embeddings, e => e.Dispose());
        base.Dispose();
    }
}
