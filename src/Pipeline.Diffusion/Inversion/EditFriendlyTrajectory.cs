using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>DDPM sampling from a noised picture with the picture's own noise maps, the same for all branches.</summary>
internal sealed class EditFriendlyTrajectory : ISourceTrajectory
{
    private readonly Tensor start; // [1, C, h, w]
    private readonly Tensor maps; // [N, C, h, w], the last step's first
    private readonly EditFriendlyStep[] steps;

    /// <param name="scheduler">Schedule.</param>
    /// <param name="timesteps">All N timesteps, noisiest first.</param>
    /// <param name="skip">How many are left out.</param>
    /// <param name="eta">Share of the noise.</param>
    /// <param name="start">The latent at the level that sampling starts from [1, C, h, w]; copied.</param>
    /// <param name="maps">One map a step, the last step's first [N, C, h, w]; copied.</param>
    public EditFriendlyTrajectory(DdimScheduler scheduler, int[] timesteps, int skip, double eta, Tensor start, Tensor maps)
    {
        this.start = start.detach().clone().DetachFromDisposeScope();
        this.maps = maps.detach().clone().DetachFromDisposeScope();
        Timesteps = timesteps[skip..];
        SkippedSteps = skip;
        int stride = scheduler.Stride(timesteps.Length);
        steps = [.. Timesteps.Select(t => new EditFriendlyStep(scheduler, t, t - stride, eta))];
    }

    public IReadOnlyList<int> Timesteps { get; }

    public int SkippedSteps { get; }

    public Tensor Start(int branches) => start.repeat(branches, 1, 1, 1); // [B, C, h, w]

    public BranchState Step(Tensor latents, Tensor noise, int k)
    {
        using var scope = NewDisposeScope();
        Tensor mean = steps[k].Mean(latents, noise);
        Tensor next = steps[k].Arrive(mean, maps.narrow(0, Timesteps.Count - 1 - k, 1));
        Tensor predicted = steps[k].Original(latents, noise);
        return new BranchState(next.MoveToOuterDisposeScope(), predicted.MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        start.Dispose();
        maps.Dispose();
    }
}
