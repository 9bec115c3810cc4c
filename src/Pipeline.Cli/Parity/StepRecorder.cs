using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>A blend that changes nothing, or lets another one act, and keeps every step's latents.</summary>
/// <param name="inner">Acts first.</param>
/// <param name="afterStep">Called after it.</param>
/// <param name="restart">The latents [B, C, h, w] to go on with after step k instead of our own, or null: chains amplify rounding, so each part can start from the reference's.</param>
internal sealed class StepRecorder(ILatentBlend? inner = null, Action? afterStep = null, Func<int, Tensor?>? restart = null) : ILatentBlend
{
    private readonly List<BranchState> states = [];

    public BranchState Apply(BranchState state, int k)
    {
        BranchState result = inner?.Apply(state, k) ?? state;
        states.Add(new BranchState(result.Latents.clone().DetachFromDisposeScope(), result.Predicted.clone().DetachFromDisposeScope()));
        afterStep?.Invoke();
        if (restart?.Invoke(k) is not { } from)
        {
            return result;
        }

        result.Latents.Dispose();
        return result with { Latents = from };
    }

    /// <summary>Latents of one branch [steps, C, h, w].</summary>
    public Tensor Latents(int branch) => cat([.. states.Select(s => s.Latents.narrow(0, branch, 1))]);

    /// <summary>Latents of all branches in the given steps [steps, B, C, h, w].</summary>
    public Tensor All(IEnumerable<int> steps) => stack(steps.Select(k => states[k].Latents));

    /// <summary>Predicted clean latents of one branch [steps, C, h, w].</summary>
    public Tensor Predicted(int branch) => cat([.. states.Select(s => s.Predicted.narrow(0, branch, 1))]);

    /// <summary>Number of steps so far.</summary>
    public int Count => states.Count;

    public void Dispose()
    {
        foreach (BranchState state in states)
        {
            state.Latents.Dispose();
            state.Predicted.Dispose();
        }
    }
}
