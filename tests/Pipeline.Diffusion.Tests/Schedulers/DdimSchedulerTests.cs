using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Schedulers;

public sealed class DdimSchedulerTests
{
    private static readonly DdimScheduler Ddim = new(new DdimOptions());
    private static readonly DdimInverseScheduler Inverse = new(new DdimOptions());

    [Theory]
    [InlineData(981, 961, 9.859334747, 0.592238852)]
    [InlineData(1, -19, 0.510755141, 0.503249334)]
    public void A_step_gives_the_golden_vector(int from, int to, double original, double next)
    {
        using var scope = NewDisposeScope();
        (Tensor z, Tensor e) = (tensor(new[] { 0.5 }), tensor(new[] { -0.25 }));
        Assert.Equal(original, Ddim.PredictOriginal(e, z, from).item<double>(), 2e-5);
        Assert.Equal(next, Ddim.Step(e, z, from, to).item<double>(), 1e-6);
    }

    [Fact]
    public void An_inversion_step_gives_the_golden_vector()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0.463194782, Inverse.Step(tensor(new[] { -0.25 }), tensor(new[] { 0.5 }), 481, 501).item<double>(), 1e-6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Inversion_then_sampling_with_a_constant_output_is_exact(int offset)
    {
        using var scope = NewDisposeScope();
        DdimOptions options = new() { StepsOffset = offset };
        Tensor latent = Random(1);
        Tensor output = Random(2);
        Tensor z = Run(new DdimInverseScheduler(options).Start(20), latent, (_, _) => output);
        Assert.True((z - latent).abs().max().item<float>() > 0.1f);
        Numbers.AssertClose(latent, Run(new DdimScheduler(options).Start(20), z, (_, _) => output), 1e-5);
    }

    [Fact]
    public void With_offset_zero_the_last_step_leaves_the_latent_as_it_is()
    {
        using var scope = NewDisposeScope();
        Tensor z = Random(3);
        Numbers.AssertClose(z, Ddim.Step(Random(4), z, 0, -20), 1e-6);
    }

    [Fact]
    public void Velocity_and_sample_models_make_the_same_step_as_the_noise_they_stand_for()
    {
        using var scope = NewDisposeScope();
        (Tensor original, Tensor noise) = (Random(5), Random(6));
        Tensor z = Ddim.Noise.AddNoise(original, noise, 601);
        Tensor expected = Ddim.Step(noise, z, 601, 581);
        Tensor velocity = Ddim.Noise.Velocity(original, noise, [601, 601]);
        Numbers.AssertClose(expected, new DdimScheduler(new DdimOptions { Prediction = PredictionType.Velocity }).Step(velocity, z, 601, 581), 1e-5);
        Numbers.AssertClose(expected, new DdimScheduler(new DdimOptions { Prediction = PredictionType.Sample }).Step(original, z, 601, 581), 1e-5);
    }

    [Fact]
    public void A_clipped_sample_leaves_the_direction_unclipped()
    {
        using var scope = NewDisposeScope();
        DdimScheduler clipping = new(new DdimOptions { ClipSample = true });
        (Tensor original, Tensor noise) = (Random(7) * 3.0, Random(8));
        Tensor z = Ddim.Noise.AddNoise(original, noise, 601);
        double ab = Ddim.AlphaBar(581);
        Tensor expected = (original.clamp(-1.0, 1.0) * Math.Sqrt(ab)) + (noise * Math.Sqrt(1 - ab));
        Numbers.AssertClose(expected, clipping.Step(noise, z, 601, 581), 2e-5);
        Assert.True(clipping.PredictOriginal(noise, z, 601).abs().max().item<float>() <= 1f);
    }

    [Fact]
    public void With_eta_the_noise_has_the_posteriors_share()
    {
        using var scope = NewDisposeScope();
        (Tensor z, Tensor e, Tensor noise) = (Random(9), Random(10), Random(11));
        double ab = Ddim.AlphaBar(501);
        double abPrev = Ddim.AlphaBar(481);
        double sigma = 0.7 * Math.Sqrt((1 - abPrev) / (1 - ab) * (1 - (ab / abPrev)));
        Tensor difference = Ddim.Step(e, z, 501, 481, 0.7, noise) - Ddim.Step(e, z, 501, 481, 0.7, zeros_like(noise));
        Numbers.AssertClose(noise * sigma, difference, 1e-5);
        Assert.Throws<ArgumentNullException>(() => Ddim.Step(e, z, 501, 481, 0.7));
    }

    [Fact]
    public void A_noise_model_cannot_start_from_pure_noise_but_a_velocity_model_can()
    {
        using var scope = NewDisposeScope();
        DdimOptions options = new() { RescaleZeroSnr = true, Spacing = TimestepSpacing.Trailing };
        Assert.Throws<ArgumentException>(() => new DdimScheduler(options).Step(Random(1), Random(2), 999, 979));
        Tensor step = new DdimScheduler(options with { Prediction = PredictionType.Velocity }).Step(Random(1), Random(2), 999, 979);
        Assert.True(step.isfinite().all().item<bool>());
    }

    [Fact]
    public void Gradients_pass_through_a_step()
    {
        using var scope = NewDisposeScope();
        Tensor e = Random(12).requires_grad_(true);
        Ddim.Step(e, Random(13), 501, 481).sum().backward();
        double expected = Math.Sqrt(1 - Ddim.AlphaBar(481)) - (Math.Sqrt(Ddim.AlphaBar(481) * (1 - Ddim.AlphaBar(501)) / Ddim.AlphaBar(501)));
        Numbers.AssertClose(full_like(e, expected).detach(), e.grad!, 1e-6);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind() => Numbers.AssertLeavesNoTensor(() =>
    {
        using Tensor z = Random(1);
        using Tensor e = Random(2);
        using Tensor a = Ddim.Step(e, z, 501, 481, 0.5, e);
        using Tensor b = new DdimScheduler(new DdimOptions { ClipSample = true }).Step(e, z, 501, 481);
        using Tensor c = Inverse.Step(e, z, 481, 501);
    });

    internal static Tensor Random(long seed)
    {
        using Generator generator = new((ulong)seed);
        return randn([2, 4, 3, 3], ScalarType.Float32, generator: generator);
    }

    internal static Tensor Run(ISampler sampler, Tensor start, Func<Tensor, double, Tensor> model)
    {
        using (sampler)
        {
            Tensor z = start;
            for (int i = 0; i < sampler.Timesteps.Count; i++)
            {
                Tensor output = model(sampler.ScaleInput(i, z), sampler.Timesteps[i]);
                z = sampler.Step(i, output, z);
            }

            return z;
        }
    }
}
