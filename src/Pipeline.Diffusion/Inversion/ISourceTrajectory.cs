using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Guidance;
using Pipeline.Models.Attention;
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

    /// <summary>How many steps of the full list are left out before <see cref="Timesteps"/> begins.</summary>
    int SkippedSteps { get; }

    /// <summary>Start latents of <paramref name="branches"/> branches [B, C, h, w], the source in row 0. Owned by the caller.</summary>
    Tensor Start(int branches);

    /// <summary>The unconditional text states [1, L, X] to use at step <paramref name="k"/> instead of the job's, or null. Belongs to the trajectory.</summary>
    Tensor? UnconditionalAt(int k) => null;

    /// <summary>Whether targets take <see cref="UnconditionalAt"/> as well; otherwise only the source does.</summary>
    bool SharesUnconditional => true;

    /// <summary>An attention control that this picture's branches need beside the job's, or null; it runs before the job's and belongs to the trajectory.</summary>
    /// <param name="layout">Rows of the batch.</param>
    /// <param name="group">Which picture of the batch this is.</param>
    IAttentionControl? Control(BranchLayout layout, int group) => null;

    /// <summary>Mixes the halves of guidance at step <paramref name="k"/>, just before <see cref="Step"/> of the same k; null leaves it to classifier-free guidance.</summary>
    /// <returns>Guided predictions [B, C, h, w], owned by the caller, or null.</returns>
    Tensor? Guide(GuidanceHalves halves, int k) => null;

    /// <summary>Moves all branches over step <paramref name="k"/>.</summary>
    /// <param name="latents">z entering the step [B, C, h, w], the source in row 0.</param>
    /// <param name="noise">Guided noise predictions of the same branches [B, C, h, w].</param>
    /// <param name="k">Index of the step in <see cref="Timesteps"/>.</param>
    /// <returns>The state after the step, owned by the caller.</returns>
    BranchState Step(Tensor latents, Tensor noise, int k);

    /// <summary>Which tensor of the last state is the result, one clean latent a branch [B, C, h, w]: a sampler's latents, virtual inversion's predictions.</summary>
    Tensor Result(BranchState last) => last.Latents;
}
