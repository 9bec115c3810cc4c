using Pipeline.Diffusion.Schedulers;
using static Pipeline.Diffusion.Tests.Schedulers.DdimSchedulerTests;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Schedulers;

/// <summary>All solvers integrate the same flow: where two of them must coincide, they do.</summary>
public sealed class SolverTests
{
    private static readonly DdimScheduler Ddim = new(new DdimOptions { StepsOffset = 0 });

    [Fact]
    public void Euler_between_levels_of_the_grid_is_ddim_in_other_coordinates()
    {
        using var scope = NewDisposeScope();
        EulerScheduler euler = new(new EulerOptions { StepsOffset = 0 });
        (float[] timesteps, float[] sigmas) = euler.Levels(10);
        (Tensor z, Tensor e) = (Random(1), Random(2));
        using ISampler sampler = euler.Start(10);
        Tensor scaled = z * MathF.Sqrt((sigmas[3] * sigmas[3]) + 1);
        Numbers.AssertClose(z, sampler.ScaleInput(3, scaled), 1e-5);
        Tensor expected = Ddim.Step(e, z, (int)timesteps[3], (int)timesteps[4]);
        Numbers.AssertClose(expected, sampler.Step(3, e, scaled) / MathF.Sqrt((sigmas[4] * sigmas[4]) + 1), 1e-5);
    }

    [Theory]
    [InlineData(PredictionType.Epsilon)]
    [InlineData(PredictionType.Velocity)]
    public void The_first_order_dpm_solver_is_ddim(PredictionType prediction)
    {
        using var scope = NewDisposeScope();
        DpmSolverMultistepScheduler solver = new(new DpmSolverOptions { SolverOrder = 1, Prediction = prediction });
        DdimScheduler ddim = new(new DdimOptions { Prediction = prediction });
        (int[] timesteps, _) = solver.Levels(12);
        (Tensor z, Tensor o) = (Random(3), Random(4));
        using ISampler sampler = solver.Start(12);
        Numbers.AssertClose(ddim.Step(o, z, timesteps[5], timesteps[6]), sampler.Step(5, o, z), 1e-5);
    }

    [Fact]
    public void With_a_constant_noise_pndm_ends_where_ddim_ends()
    {
        using var scope = NewDisposeScope();
        (Tensor z, Tensor e) = (Random(5), Random(6));
        Tensor expected = Run(new DdimScheduler(new DdimOptions()).Start(10), z, (_, _) => e);
        Tensor actual = Run(new PndmScheduler(new PndmOptions()).Start(10), z, (_, _) => e);
        Numbers.AssertClose(expected, actual, 2e-5);
    }

    [Fact]
    public void Pndm_visits_the_second_timestep_twice()
    {
        PndmScheduler pndm = new(new PndmOptions());
        Assert.Equal([901, 801, 801, 701], pndm.Timesteps(10)[..4]);
        Assert.Equal(11, pndm.Timesteps(10).Length);
        Assert.Equal([1], pndm.Timesteps(1));
    }

    [Fact]
    public void A_model_that_knows_the_clean_sample_is_sampled_to_it_by_every_scheduler()
    {
        using var scope = NewDisposeScope();
        Tensor original = Random(7);
        IDiffusionScheduler[] schedulers =
        [
            new DdimScheduler(new DdimOptions { SetAlphaToOne = true }),
            new EulerScheduler(new EulerOptions { UseKarrasSigmas = true }),
            new EulerScheduler(new EulerOptions { Spacing = TimestepSpacing.Linspace }),
            new DpmSolverMultistepScheduler(new DpmSolverOptions { FinalSigmaZero = true }),
            new DpmSolverMultistepScheduler(new DpmSolverOptions { FinalSigmaZero = true, Heun = true, UseKarrasSigmas = true }),
            new PndmScheduler(new PndmOptions { SetAlphaToOne = true }),
        ];
        foreach (IDiffusionScheduler scheduler in schedulers)
        {
            using ISampler sampler = scheduler.Start(20);
            double[] alphas = [.. sampler.Timesteps.Select(t => AlphaBarAt(scheduler.Noise, t))];
            Tensor z = Random(8) * sampler.InitialNoiseScale;
            for (int i = 0; i < alphas.Length; i++)
            {
                Tensor x = sampler.ScaleInput(i, z);
                Tensor e = (x - (original * Math.Sqrt(alphas[i]))) / Math.Sqrt(1 - alphas[i]);
                z = sampler.Step(i, e, z);
            }

            Numbers.AssertClose(original, z, 1e-2);
        }
    }

    [Fact]
    public void Karras_levels_keep_the_ends_and_crowd_towards_the_clean_side()
    {
        EulerScheduler plain = new(new EulerOptions { Spacing = TimestepSpacing.Linspace });
        EulerScheduler karras = new(new EulerOptions { Spacing = TimestepSpacing.Linspace, UseKarrasSigmas = true });
        (_, float[] expected) = plain.Levels(10);
        (float[] timesteps, float[] sigmas) = karras.Levels(10);
        Assert.Equal(expected[0], sigmas[0], 1e-6f);
        Assert.Equal(expected[9], sigmas[9], 1e-6f);
        Assert.Equal(0f, sigmas[10]);
        Assert.Equal(999f, timesteps[0], 1e-4f);
        Assert.Equal(0f, timesteps[9], 1e-4f);
        Assert.All(sigmas.Zip(sigmas.Skip(1)), p => Assert.True(p.Second < p.First));
    }

    [Fact]
    public void Multistep_samplers_leave_no_tensor_behind() => Numbers.AssertLeavesNoTensor(() =>
    {
        foreach (IDiffusionScheduler scheduler in (IDiffusionScheduler[])[new PndmScheduler(new PndmOptions()), new DpmSolverMultistepScheduler(new DpmSolverOptions())])
        {
            using var scope = NewDisposeScope();
            Run(scheduler.Start(8), Random(1), (x, _) => x * 0.3);
        }
    });

    [Fact]
    public void A_multistep_history_survives_the_callers_scope()
    {
        using var scope = NewDisposeScope();
        Tensor expected = Run(new PndmScheduler(new PndmOptions()).Start(8), Random(1), (x, _) => x * 0.3);
        Tensor z = Random(1);
        using ISampler sampler = new PndmScheduler(new PndmOptions()).Start(8);
        for (int i = 0; i < sampler.Timesteps.Count; i++)
        {
            using var step = NewDisposeScope();
            z = sampler.Step(i, sampler.ScaleInput(i, z) * 0.3, z).MoveToOuterDisposeScope();
        }

        Numbers.AssertClose(expected, z, 0);
    }

    [Fact]
    public void The_last_ddpm_step_returns_the_predicted_sample()
    {
        using var scope = NewDisposeScope();
        DdpmScheduler ddpm = new(new DdpmOptions { StepsOffset = 0 });
        (Tensor original, Tensor noise) = (Random(9), Random(10));
        Tensor z = ddpm.Noise.AddNoise(original, noise, 0);
        Numbers.AssertClose(original, ddpm.Step(noise, z, 0, -20, null), 1e-5);
        Assert.Throws<ArgumentNullException>(() => ddpm.Step(noise, z, 20, 0, null));
    }

    [Fact]
    public void Ddpm_is_ddim_with_eta_one()
    {
        // With abPrev = ab of the previous step, the posterior mean and variance are those of eta = 1.
        using var scope = NewDisposeScope();
        DdpmScheduler ddpm = new(new DdpmOptions());
        (Tensor z, Tensor e, Tensor noise) = (Random(11), Random(12), Random(13));
        Numbers.AssertClose(Ddim.Step(e, z, 501, 481, 1.0, noise), ddpm.Step(e, z, 501, 481, noise), 1e-5);
    }

    [Fact]
    public void A_consistency_step_denoises_and_noises_again()
    {
        using var scope = NewDisposeScope();
        LcmScheduler lcm = new(new LcmOptions());
        (Tensor original, Tensor noise, Tensor fresh) = (Random(14), Random(15), Random(16));
        using ISampler sampler = lcm.Start(4);
        Tensor z = lcm.Noise.AddNoise(original, noise, 999);
        Numbers.AssertClose(original, lcm.Denoise(noise, z, 999), 1e-4);
        Numbers.AssertClose(lcm.Noise.AddNoise(original, fresh, (int)sampler.Timesteps[1]), sampler.Step(0, noise, z, fresh), 1e-4);
        Assert.True(sampler.NeedsNoise(0));
        Assert.False(sampler.NeedsNoise(3));
        Numbers.AssertClose(z, lcm.Denoise(noise, z, 0), 0);        // boundary condition: f(z, 0) = z
    }

    private static double AlphaBarAt(NoiseSchedule noise, double timestep)
    {
        float[] sigmas = noise.Sigmas();
        int low = Math.Min((int)timestep, sigmas.Length - 2);
        double logSigma = Math.Log(sigmas[low]) + ((timestep - low) * (Math.Log(sigmas[low + 1]) - Math.Log(sigmas[low])));
        return 1.0 / (Math.Exp(2 * logSigma) + 1);
    }
}
