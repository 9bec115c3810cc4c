using System.Text;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Diffusion.Tests.Schedulers;

public sealed class SchedulerLoaderTests
{
    private const string StableDiffusion = """
        "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
        "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1, "trained_betas": null, "clip_sample": false, "unknown_key": [1]
        """;

    [Theory]
    [InlineData("DDIMScheduler", typeof(DdimScheduler))]
    [InlineData("DDIMInverseScheduler", typeof(DdimInverseScheduler))]
    [InlineData("DDPMScheduler", typeof(DdpmScheduler))]
    [InlineData("LCMScheduler", typeof(LcmScheduler))]
    [InlineData("EulerDiscreteScheduler", typeof(EulerScheduler))]
    [InlineData("DPMSolverMultistepScheduler", typeof(DpmSolverMultistepScheduler))]
    [InlineData("PNDMScheduler", typeof(PndmScheduler))]
    public void Any_class_loads_from_the_same_file(string name, Type expected)
    {
        IDiffusionScheduler scheduler = SchedulerLoader.Create(Config("PNDMScheduler", StableDiffusion), name);
        Assert.IsType(expected, scheduler);
        Assert.Equal(0.00466, scheduler.Noise.AlphaBar(999), 1e-5);
        Assert.Contains(name, SchedulerLoader.Classes);
    }

    [Fact]
    public void The_files_own_class_is_the_default() =>
        Assert.IsType<PndmScheduler>(SchedulerLoader.Create(Config("PNDMScheduler", StableDiffusion)));

    [Fact]
    public void A_missing_key_takes_its_class_default()
    {
        ModelConfig silent = Config("DDIMScheduler", "\"num_train_timesteps\": 1000");
        DdimOptions options = SchedulerLoader.Ddim(silent);
        Assert.True(options.ClipSample);
        Assert.True(options.SetAlphaToOne);
        Assert.Equal(0, options.StepsOffset);
        Assert.Equal((0.0001, 0.02, BetaSchedule.Linear), (options.BetaStart, options.BetaEnd, options.BetaSchedule));
        Assert.Equal(999.0, SchedulerLoader.Create(silent, "EulerDiscreteScheduler").Start(10).Timesteps[0]);   // linspace is Euler's default
        Assert.Equal(BetaSchedule.ScaledLinear, SchedulerLoader.Lcm(silent).BetaSchedule);
    }

    [Theory]
    [InlineData("DDIMScheduler", "\"thresholding\": true", "thresholding")]
    [InlineData("DDIMScheduler", "\"beta_schedule\": \"sigmoid\"", "sigmoid")]
    [InlineData("DDIMScheduler", "\"prediction_type\": \"flow\"", "flow")]
    [InlineData("DDIMScheduler", "\"timestep_spacing\": \"random\"", "timestep_spacing")]
    [InlineData("DDIMScheduler", "\"beta_start\": -1", "beta")]
    [InlineData("DDIMScheduler", "\"num_train_timesteps\": 0", "training timesteps")]
    [InlineData("DDPMScheduler", "\"variance_type\": \"learned\"", "learned")]
    [InlineData("PNDMScheduler", "\"skip_prk_steps\": false", "Runge-Kutta")]
    [InlineData("EulerDiscreteScheduler", "\"interpolation_type\": \"log_linear\"", "log_linear")]
    [InlineData("EulerDiscreteScheduler", "\"rescale_betas_zero_snr\": true", "rescale_betas_zero_snr")]
    [InlineData("DPMSolverMultistepScheduler", "\"algorithm_type\": \"sde-dpmsolver++\"", "algorithm_type")]
    [InlineData("DPMSolverMultistepScheduler", "\"solver_order\": 3", "solver order 3")]
    [InlineData("DPMSolverMultistepScheduler", "\"use_lu_lambdas\": true", "use_lu_lambdas")]
    [InlineData("HeunDiscreteScheduler", "\"beta_start\": 0.001", "HeunDiscreteScheduler")]
    public void What_is_not_implemented_is_refused_by_name(string name, string entry, string word)
    {
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => SchedulerLoader.Create(Config(name, entry)));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.Contains("scheduler_config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pythons_minus_infinity_in_a_published_file_is_read()
    {
        ModelConfig config = Config("DPMSolverMultistepScheduler", StableDiffusion + ", \"lambda_min_clipped\": -Infinity, \"note\": \"not -Infinity \\\" NaN\"");
        Assert.Equal(double.NegativeInfinity, config.Find("lambda_min_clipped")!.Value.GetDouble());
        Assert.Equal("not -Infinity \" NaN", config.String("note"));
        Assert.Equal(20, SchedulerLoader.Create(config).Start(20).Timesteps.Count);
    }

    private static ModelConfig Config(string name, string entries) =>
        ModelConfig.Parse(Encoding.UTF8.GetBytes($"{{\"_class_name\": \"{name}\", {entries}}}"), "scheduler_config.json");
}
