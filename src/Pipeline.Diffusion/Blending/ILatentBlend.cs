using Pipeline.Diffusion.Inversion;

namespace Pipeline.Diffusion.Blending;

/// <summary>Changes the latents of one picture's branches after every step, as masks do.</summary>
public interface ILatentBlend : IDisposable
{
    /// <summary>Applied after step <paramref name="k"/> of the run.</summary>
    /// <param name="state">State after the step, source in row 0. Taken over: the implementation disposes what it does not return.</param>
    /// <param name="k">Index of the step.</param>
    /// <returns>The state to go on with, owned by the caller.</returns>
    BranchState Apply(BranchState state, int k);
}
