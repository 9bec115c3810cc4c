using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Schedulers;

public sealed class NoiseScheduleTests
{
    private static readonly NoiseSchedule Schedule = NoiseSchedule.Create(new SchedulerOptions());

    [Theory]
    [InlineData(0, 0.99915)]
    [InlineData(1, 0.998296028)]
    [InlineData(79, 0.91947133)]
    [InlineData(499, 0.27766965)]
    [InlineData(981, 0.0057755)]
    [InlineData(999, 0.004660099)]
    public void Stable_diffusions_alpha_bar_has_the_known_values(int timestep, double expected) =>
        Assert.Equal(expected, Schedule.AlphaBar(timestep), 2e-6 * expected);

    [Fact]
    public void Alpha_bar_falls_and_stays_between_zero_and_one()
    {
        float[] values = Schedule.AlphaBars.ToArray();
        Assert.Equal(1000, values.Length);
        Assert.All(values, a => Assert.InRange(a, 0f, 1f));
        Assert.All(values.Zip(values.Skip(1)), pair => Assert.True(pair.Second < pair.First));
    }

    [Fact]
    public void A_zero_snr_schedule_ends_in_pure_noise_and_keeps_its_first_level()
    {
        NoiseSchedule rescaled = NoiseSchedule.Create(new SchedulerOptions { RescaleZeroSnr = true });
        Assert.Equal(0.0, rescaled.AlphaBar(999));
        Assert.Equal(Schedule.AlphaBar(0), rescaled.AlphaBar(0), 1e-6);
        Assert.True(rescaled.AlphaBar(500) < Schedule.AlphaBar(500));
        Assert.Throws<InvalidOperationException>(() => rescaled.Sigmas());
    }

    [Fact]
    public void Given_betas_replace_the_formula()
    {
        NoiseSchedule given = NoiseSchedule.Create(new SchedulerOptions { TrainedBetas = [0.1, 0.2, 0.5] });
        Assert.Equal(3, given.Count);
        Assert.Equal(0.9 * 0.8 * 0.5, given.AlphaBar(2), 1e-6);
    }

    [Fact]
    public void The_squared_cosine_schedule_follows_its_formula_and_caps_beta()
    {
        NoiseSchedule cosine = NoiseSchedule.Create(new SchedulerOptions { BetaSchedule = BetaSchedule.SquaredCosine });
        double Level(double t) => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2);
        Assert.Equal(Level(0.5) / Level(0), cosine.AlphaBar(499), 1e-4);
        Assert.Equal(0.999f, cosine.Betas[^1]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1000)]
    public void A_timestep_outside_the_schedule_is_refused(int timestep) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.AlphaBar(timestep));

    [Fact]
    public void Impossible_betas_are_refused()
    {
        Assert.Throws<ArgumentException>(() => NoiseSchedule.Create(new SchedulerOptions { TrainedBetas = [0.1, 1.5] }));
        Assert.Throws<ArgumentException>(() => NoiseSchedule.Create(new SchedulerOptions { BetaStart = double.NaN }));
        Assert.Throws<ArgumentException>(() => NoiseSchedule.Create(new SchedulerOptions { TrainTimesteps = 1 }));
    }

    [Fact]
    public void Noise_and_velocity_together_give_the_clean_sample_back()
    {
        using var scope = NewDisposeScope();
        using Generator generator = new(3);
        Tensor original = randn([3, 4, 2, 2], ScalarType.Float64, generator: generator);
        Tensor noise = randn([3, 4, 2, 2], ScalarType.Float64, generator: generator);
        int[] timesteps = [0, 421, 999];
        Tensor noisy = Schedule.AddNoise(original, noise, timesteps);
        Tensor velocity = Schedule.Velocity(original, noise, timesteps);
        for (int b = 0; b < timesteps.Length; b++)
        {
            // x0 = sqrt(ab)·z − sqrt(1−ab)·v
            OutputTransform read = OutputTransform.At(PredictionType.Velocity, Schedule.AlphaBar(timesteps[b]));
            Numbers.AssertClose(original[b], read.Original(noisy[b], velocity[b]), 1e-6);
            Numbers.AssertClose(noise[b], read.Epsilon(noisy[b], velocity[b]), 1e-6);
            Numbers.AssertClose(noisy[b], Schedule.AddNoise(original[b], noise[b], timesteps[b]), 1e-6);
        }
    }

    [Fact]
    public void A_batch_with_another_number_of_timesteps_is_refused()
    {
        using var scope = NewDisposeScope();
        Tensor two = zeros(2, 4, 2, 2);
        Assert.Throws<ArgumentException>(() => Schedule.AddNoise(two, two, [1, 2, 3]));
    }
}
