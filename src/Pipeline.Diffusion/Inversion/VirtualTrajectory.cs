using Pipeline.Diffusion.Noise;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>One picture under <see cref="VirtualInversion"/>: z_0 and the noise of its steps. The closed form needs no stored latents.</summary>
internal sealed class VirtualTrajectory : ISourceTrajectory
{
    private readonly VirtualInversionOptions options;
    private readonly Func<int, double> alphaBar;
    private readonly IReadOnlyList<int> timesteps;
    private readonly INoiseSource noise;
    private readonly Tensor z0; // [1, C, h, w]

    public VirtualTrajectory(VirtualInversionOptions options, Func<int, double> alphaBar, Tensor latent, INoiseSource noise)
    {
        this.options = options;
        this.alphaBar = alphaBar;
        this.noise = noise;
        timesteps = options.Timesteps.Timesteps();
        z0 = latent.detach().clone().DetachFromDisposeScope();
    }

    public IReadOnlyList<int> Timesteps => timesteps;

    public int SkippedSteps => options.Timesteps.Skipped;

    public Tensor Start(int branches)
    {
        using var scope = NewDisposeScope();
        double ab = alphaBar(timesteps[0]);
        Tensor n = Draw("virtual/start");
        Tensor z = options.StartFromNoise ? n : z0 * Math.Sqrt(ab) + n * Math.Sqrt(1 - ab);
        return z.repeat(branches, 1, 1, 1).MoveToOuterDisposeScope(); // [B, C, h, w]
    }

    public BranchState Step(Tensor latents, Tensor noise, int k)
    {
        using var scope = NewDisposeScope();
        int next = Math.Min(k + 1, timesteps.Count - 1); // the last step keeps its level
        Tensor? fresh = options.Eta > 0 ? Draw($"virtual/step/{k + SkippedSteps}") : null;
        BranchState state = DdcmStep.Apply(latents, noise, z0, fresh, alphaBar(timesteps[k]), alphaBar(timesteps[next]), options.Eta, options.OfficialDirection);
        return new BranchState(state.Latents.MoveToOuterDisposeScope(), state.Predicted.MoveToOuterDisposeScope());
    }

    public Tensor Result(BranchState last) => last.Predicted;

    public void Dispose() => z0.Dispose();

    private Tensor Draw(string purpose)
    {
        Tensor n = noise.NormalTensor(purpose, z0.shape, z0.device);
        return n.to_type(z0.dtype);
    }
}
