using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>Guided DDIM sampling from the end of a path, with the mapping networks in the value path: of the source in every step, of targets while step &lt; tau_v N. Owns the inner trajectory and the outputs.</summary>
internal sealed class StyleTrajectory(ISourceTrajectory inner, StyleInversionOptions options, IReadOnlyList<Tensor> outputs) : ISourceTrajectory
{
    public IReadOnlyList<int> Timesteps => inner.Timesteps;

    public int SkippedSteps => inner.SkippedSteps;

    public Tensor Start(int branches) => inner.Start(branches);

    public BranchState Step(Tensor latents, Tensor noise, int k) => inner.Step(latents, noise, k);

    public IAttentionControl Control(BranchLayout layout, int group)
    {
        StepWindow targets = StepWindow.Before(options.ValueUntil, outputs.Count);
        var rows = Enumerable.Range(0, layout.Branches.Count)
            .Where(b => layout.Branches[b].Group == group)
            .ToDictionary(b => layout.Row(b, GuidanceHalf.Conditional), b => layout.Branches[b].Kind == BranchKind.Target ? targets : StepWindow.Always);
        return new ValuePathControl(options.ValuePath, outputs, rows, SkippedSteps);
    }

    public void Dispose()
    {
        inner.Dispose();
        foreach (Tensor output in outputs)
        {
            output.Dispose();
        }
    }
}
