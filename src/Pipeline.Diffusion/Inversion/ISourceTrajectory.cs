using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>
/// One picture as an inversion sees it: where its branches start and how a step moves them. Every inversion (virtual, direct, null-text, ...) is one implementation; the editing
/// loop knows none of them. Holds tensors until disposed.
/// </summary>
public interface ISourceTrajectory : IDisposable
{
    /// <summary>Timesteps in sampling order, noisiest first.</summary>
    IReadOnlyList<int> Timesteps { get; }

    /// <summary>How many steps of the full list a strength below 1 leaves out before <see cref="Timesteps"/> begins.</summary>
    int SkippedSteps { get; }

    /// <summary>Start latents of <paramref name="branches"/> branches [B, C, h, w], the source in row 0. Owned by the caller.</summary>
    Tensor Start(int branches);

    /// <summary>The unconditional text states [1, L, X] to use at step <paramref name="k"/> instead of the job's, or null. Belongs to the trajectory.</summary>
    Tensor? UnconditionalAt(int k) => null;

    /// <summary>Moves all branches over step <paramref name="k"/>.</summary>
    /// <param name="latents">z entering the step [B, C, h, w], the source in row 0.</param>
    /// <param name="noise">Guided noise predictions of the same branches [B, C, h, w].</param>
    /// <param name="k">Index of the step in <see cref="Timesteps"/>.</param>
    /// <returns>The state after the step, owned by the caller.</returns>
    BranchState Step(Tensor latents, Tensor noise, int k);
}
