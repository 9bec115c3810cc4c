using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Toys;

/// <summary>A picture, its texts and a double-precision toy to invert it with.</summary>
internal sealed class InversionToy : IDisposable
{
    public const int Channels = 4;
    public const int Steps = 10;

    public static DdimOptions Schedule { get; } = new() { StepsOffset = 0 };

    public static NoiseSource PictureNoise { get; } = new(0, "picture");

    public ToyPredictor Model { get; } = new(Channels, ScalarType.Float64);

    public static Tensor Text(string text) => ToyText.Encode(text, 8, Channels, ScalarType.Float64).States;

    public static Tensor Latent(int seed = 1) => new NoiseSource(seed, "latent").NormalTensor("z0", [1, Channels, 4, 4]).to(ScalarType.Float64);

    public static EditBranch Source(double scale) => new(BranchKind.Source, -1, scale, Text("a cat"), Text(""));

    public static EditBranch Target(double scale, string prompt = "a dog", int index = 0) => new(BranchKind.Target, index, scale, Text(prompt), Text(""));

    public InversionContext Context(int steps = Steps, double guidance = 7.5, TimestepRule rule = TimestepRule.Leading) =>
        new(Model, NoiseSchedule.Create(new SchedulerOptions()), new TimestepPlan(steps, rule, Offset: 1)) { GuidanceSource = guidance, EmptyContext = Text("") };

    /// <summary>The last latents of an edit [B, C, h, w].</summary>
    public Tensor Edit(ISourceTrajectory trajectory, params EditBranch[] branches)
    {
        using var batch = new EditBatch([new EditGroup(trajectory, branches)]);
        return trajectory.Result(new EditingLoop(Model).Run(batch, null, null, CancellationToken.None)[0]);
    }

    /// <summary>Inverts the picture under "a cat" and edits it.</summary>
    public Tensor Edit(IInversion inversion, params EditBranch[] branches)
    {
        using ISourceTrajectory trajectory = inversion.Prepare(Latent(), Text("a cat"), PictureNoise);
        return Edit(trajectory, branches);
    }

    public void Dispose() => Model.Dispose();
}
