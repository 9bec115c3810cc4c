using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.Models.Attention;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class DdimInversionTests : IDisposable
{
    private const int Channels = 4;
    private static readonly DdimOptions Schedule = new() { StepsOffset = 0 };
    private static readonly NoiseSource Noise = new(1, "d");
    private readonly ToyPredictor toy = new(Channels, ScalarType.Float64);

    public void Dispose() => toy.Dispose();

    [Fact]
    public void The_path_starts_with_the_picture_bit_for_bit_and_has_one_latent_a_level()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent(), path = new DdimInversion(toy, Schedule, 10).Path(z0, Text("a cat"));
        Assert.Equal(11, path.shape[0]);
        Assert.True(Same(z0, path.narrow(0, 0, 1)));
        Assert.Equal(10, toy.Forwards);
    }

    [Fact]
    public void With_noise_that_does_not_depend_on_the_latent_inversion_and_sampling_cancel()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Tensor back = Sample(new DdimInversion(new ConstantNoise(), Schedule, 20), new ConstantNoise(), z0, [Source(1)]);
        Assert.True((back - z0).abs().max().ToDouble() < 1e-6); // the inverse scheduler rounds its levels to float32
    }

    [Fact]
    public void The_model_is_asked_at_the_level_that_is_reached_or_at_the_one_that_is_left()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        var next = new AskedTimesteps();
        var current = new AskedTimesteps();
        _ = new DdimInversion(next, Schedule, 4).Path(z0, Text("a cat"));
        _ = new DdimInversion(current, Schedule, 4, InversionTimestep.Current).Path(z0, Text("a cat"));
        Assert.Equal([0, 250, 500, 750], next.Asked);
        Assert.Equal([0, 0, 250, 500], current.Asked);
    }

    [Fact]
    public void Reconstruction_at_guidance_one_gets_better_with_more_steps()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        var smooth = new SmoothNoise();
        double Error(int steps) => (Sample(new DdimInversion(smooth, Schedule, steps), smooth, z0, [Source(1)]) - z0).abs().max().ToDouble();
        Assert.True(Error(100) < 0.5 * Error(10), $"{Error(100)} against {Error(10)}");
    }

    [Fact]
    public void Direct_inversion_returns_the_source_bit_for_bit_and_leaves_the_target_to_plain_sampling()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Tensor direct = Sample(new DirectInversion(toy, Schedule, 10), toy, z0, [Source(7.5), Target("a dog", 7.5)]);
        Tensor plain = Sample(new DdimInversion(toy, Schedule, 10), toy, z0, [Source(7.5), Target("a dog", 7.5)]);
        Assert.True(Same(z0, direct.narrow(0, 0, 1)));
        Assert.True(Same(plain.narrow(0, 1, 1), direct.narrow(0, 1, 1)));
        Assert.False(Same(z0, plain.narrow(0, 0, 1)));
    }

    [Fact]
    public void Direct_inversion_needs_no_unconditional_row_of_the_source()
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Tensor three = Sample(new DirectInversion(toy, Schedule, 10), toy, z0, [Source(1), Target("a dog", 7.5)]);
        Assert.Equal(10 + 3 * 10, toy.Forwards);
        Tensor four = Sample(new DirectInversion(toy, Schedule, 10), toy, z0, [Source(7.5), Target("a dog", 7.5)]);
        Assert.True(Same(three, four));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(7.5)]
    public void Negative_prompt_inversion_reconstructs_the_source_whatever_the_guidance(double scale)
    {
        using var scope = NewDisposeScope();
        Tensor z0 = Latent();
        Tensor plain = Sample(new DdimInversion(toy, Schedule, 10), toy, z0, [Source(1)]);
        Tensor npi = Sample(new NegativePromptInversion(toy, Schedule, 10), toy, z0, [Source(scale)]);
        Assert.True((plain - npi).abs().max().ToDouble() < 1e-9);
    }

    [Fact]
    public void The_interpolation_leads_from_the_source_prompt_to_the_empty_one()
    {
        using var scope = NewDisposeScope();
        (Tensor source, Tensor empty) = (Text("a cat"), Text(""));
        Tensor Of(double v) => new NegativePromptInversion(toy, Schedule, 10, v, empty).Unconditional(source);
        Assert.True(Same(source, Of(0)));
        Assert.True((Of(1) - empty).abs().max().ToDouble() < 1e-12);
        Assert.True((Of(0.5) - source).norm().ToDouble() < (empty - source).norm().ToDouble());
        Assert.Throws<DiffusionException>(() => new NegativePromptInversion(toy, Schedule, 10, 0.5).Unconditional(source));
    }

    [Fact]
    public void Inverting_and_editing_leave_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        _ = Sample(new NegativePromptInversion(toy, Schedule, 5, 0.3, Text("")), toy, Latent(), [Source(2), Target("a dog", 2)]);
        _ = Sample(new DirectInversion(toy, Schedule, 5), toy, Latent(), [Source(2), Target("a dog", 2)]);
    });

    private static Tensor Sample(IInversion inversion, INoisePredictor predictor, Tensor z0, EditBranch[] branches)
    {
        using ISourceTrajectory trajectory = inversion.Prepare(z0, Text("a cat"), Noise);
        using var batch = new EditBatch([new EditGroup(trajectory, branches)]);
        return new EditingLoop(predictor).Run(batch, null, null, CancellationToken.None)[0].Latents;
    }

    private static EditBranch Source(double scale) => new(BranchKind.Source, -1, scale, Text("a cat"), Text(""));

    private static EditBranch Target(string prompt, double scale) => new(BranchKind.Target, 0, scale, Text(prompt), Text(""));

    private static Tensor Text(string text) => ToyText.Encode(text, 8, Channels, ScalarType.Float64).States;

    private static Tensor Latent() => new NoiseSource(1, "latent").NormalTensor("z0", [1, Channels, 4, 4]).to(ScalarType.Float64);

    private sealed class ConstantNoise : INoisePredictor
    {
        public IReadOnlyList<AttentionSite> AttentionSites => [];

        public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step) => full_like(latents, 0.3 + timestep / 5000.0);
    }

    private sealed class AskedTimesteps : INoisePredictor
    {
        public List<int> Asked { get; } = [];

        public IReadOnlyList<AttentionSite> AttentionSites => [];

        public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
        {
            Asked.Add(timestep);
            return zeros_like(latents);
        }
    }

    // A small Lipschitz constant: what is left is the discretisation.
    private sealed class SmoothNoise : INoisePredictor
    {
        public IReadOnlyList<AttentionSite> AttentionSites => [];

        public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
        {
            using var scope = NewDisposeScope();
            return ((latents * 0.5).tanh() * (0.3 + timestep / 2000.0)).MoveToOuterDisposeScope();
        }
    }
}
