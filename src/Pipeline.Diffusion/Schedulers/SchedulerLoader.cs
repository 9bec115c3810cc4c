using Pipeline.Models;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// Makes a scheduler from a diffusers <c>scheduler_config.json</c>. The file names a class, but any class can be made from any file: keys a class does not have are ignored, keys the file
/// lacks take that class's defaults, which differ between classes. A key that switches on something not implemented is refused.
/// </summary>
public static class SchedulerLoader
{
    /// <summary>Class names that <see cref="Create"/> takes.</summary>
    public static IReadOnlyList<string> Classes { get; } =
        ["DDIMScheduler", "DDIMInverseScheduler", "DDPMScheduler", "LCMScheduler", "EulerDiscreteScheduler", "DPMSolverMultistepScheduler", "PNDMScheduler"];

    /// <summary>Makes the scheduler that the file was written for, or another class from the same file.</summary>
    /// <param name="config">The file.</param>
    /// <param name="className">One of <see cref="Classes"/>; null for the file's own.</param>
    /// <exception cref="ModelFormatException">The class or one of its settings is not implemented, or a value is impossible.</exception>
    public static IDiffusionScheduler Create(ModelConfig config, string? className = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        string name = className ?? config.String("_class_name");
        try
        {
            return name switch
            {
                "DDIMScheduler" => new DdimScheduler(Ddim(config)),
                "DDIMInverseScheduler" => new DdimInverseScheduler(Ddim(config)),
                "DDPMScheduler" => new DdpmScheduler(Ddpm(config)),
                "LCMScheduler" => new LcmScheduler(Lcm(config)),
                "EulerDiscreteScheduler" => new EulerScheduler(Euler(config)),
                "DPMSolverMultistepScheduler" => new DpmSolverMultistepScheduler(DpmSolver(config)),
                "PNDMScheduler" => new PndmScheduler(Pndm(config)),
                _ => throw new ModelFormatException($"{config.Path}: scheduler class {name} is not implemented (these are: {string.Join(", ", Classes)})"),
            };
        }
        catch (ArgumentException error)
        {
            throw new ModelFormatException($"{config.Path}: {error.Message}", error);
        }
    }

    /// <summary>The options of a DDIM scheduler, for callers that change one of them (<c>options with { StepsOffset = 0 }</c>).</summary>
    public static DdimOptions Ddim(ModelConfig config)
    {
        RefuseThresholding(config);
        return Common(config, new DdimOptions
        {
            SetAlphaToOne = config.Bool("set_alpha_to_one", true),
            ClipSample = config.Bool("clip_sample", true),
            ClipRange = config.Double("clip_sample_range", 1.0),
            RescaleZeroSnr = config.Bool("rescale_betas_zero_snr", false),
        });
    }

    /// <summary>The options of an LCM scheduler.</summary>
    public static LcmOptions Lcm(ModelConfig config)
    {
        RefuseThresholding(config);
        return Common(config, new LcmOptions
        {
            OriginalSteps = config.Int("original_inference_steps", 50),
            TimestepScaling = config.Double("timestep_scaling", 10.0),
            SetAlphaToOne = config.Bool("set_alpha_to_one", true),
            ClipSample = config.Bool("clip_sample", false),
            ClipRange = config.Double("clip_sample_range", 1.0),
            RescaleZeroSnr = config.Bool("rescale_betas_zero_snr", false),
        }, ClassDefaults.StableDiffusion);
    }

    private static DdpmOptions Ddpm(ModelConfig config)
    {
        RefuseThresholding(config);
        return Common(config, new DdpmOptions
        {
            ClipSample = config.Bool("clip_sample", true),
            ClipRange = config.Double("clip_sample_range", 1.0),
            LargeVariance = OneOf(config, "variance_type", "fixed_small", "fixed_large") == "fixed_large",
            RescaleZeroSnr = config.Bool("rescale_betas_zero_snr", false),
        });
    }

    private static EulerOptions Euler(ModelConfig config)
    {
        RefuseZeroSnr(config, "EulerDiscreteScheduler");
        OneOf(config, "interpolation_type", "linear");
        OneOf(config, "timestep_type", "discrete");
        Refuse(config, "sigma_min");
        Refuse(config, "sigma_max");
        return Common(config, new EulerOptions { UseKarrasSigmas = config.Bool("use_karras_sigmas", false) }, ClassDefaults.Linspace);
    }

    private static DpmSolverOptions DpmSolver(ModelConfig config)
    {
        RefuseZeroSnr(config, "DPMSolverMultistepScheduler");
        RefuseThresholding(config);
        OneOf(config, "algorithm_type", "dpmsolver++");
        Refuse(config, "variance_type");
        if (config.Bool("use_lu_lambdas", false))
        {
            throw new ModelFormatException($"{config.Path}: use_lu_lambdas is not implemented");
        }

        return Common(config, new DpmSolverOptions
        {
            SolverOrder = config.Int("solver_order", 2),
            Heun = OneOf(config, "solver_type", "midpoint", "heun") == "heun",
            LowerOrderFinal = config.Bool("lower_order_final", true),
            EulerAtFinal = config.Bool("euler_at_final", false),
            UseKarrasSigmas = config.Bool("use_karras_sigmas", false),
            FinalSigmaZero = OneOf(config, "final_sigmas_type", "sigma_min", "zero") == "zero",
            LambdaMinClipped = config.Find("lambda_min_clipped")?.GetDouble() ?? double.NegativeInfinity,
        }, ClassDefaults.Linspace);
    }

    private static PndmOptions Pndm(ModelConfig config) => config.Bool("skip_prk_steps", false)
        ? Common(config, new PndmOptions { SetAlphaToOne = config.Bool("set_alpha_to_one", false) })
        : throw new ModelFormatException($"{config.Path}: PNDM with Runge-Kutta steps (skip_prk_steps false) is not implemented: Stable Diffusion's files set it to true");

    private static T Common<T>(ModelConfig config, T options, ClassDefaults? classDefaults = null)
        where T : SchedulerOptions
    {
        ClassDefaults defaults = classDefaults ?? ClassDefaults.Pixel;
        return options with
        {
            TrainTimesteps = config.Int("num_train_timesteps", 1000),
            BetaStart = config.Double("beta_start", defaults.BetaStart),
            BetaEnd = config.Double("beta_end", defaults.BetaEnd),
            BetaSchedule = OneOf(config, "beta_schedule", defaults.BetaSchedule, "linear", "scaled_linear", "squaredcos_cap_v2") switch
            {
                "linear" => BetaSchedule.Linear,
                "scaled_linear" => BetaSchedule.ScaledLinear,
                _ => BetaSchedule.SquaredCosine,
            },
            TrainedBetas = config.Has("trained_betas") ? config.Doubles("trained_betas") : null,
            Prediction = OneOf(config, "prediction_type", "epsilon", "v_prediction", "sample") switch
            {
                "epsilon" => PredictionType.Epsilon,
                "v_prediction" => PredictionType.Velocity,
                _ => PredictionType.Sample,
            },
            Spacing = OneOf(config, "timestep_spacing", defaults.Spacing, "leading", "linspace", "trailing") switch
            {
                "leading" => TimestepSpacing.Leading,
                "linspace" => TimestepSpacing.Linspace,
                _ => TimestepSpacing.Trailing,
            },
            StepsOffset = config.Int("steps_offset", 0),
        };
    }

    // The value of a key, or the first of the allowed ones where it is absent.
    private static string OneOf(ModelConfig config, string key, params string[] allowed)
    {
        string value = config.String(key, allowed[0]);
        return allowed.Contains(value)
            ? value
            : throw new ModelFormatException($"{config.Path}: {key} = {value} is not implemented ({string.Join(", ", allowed.Distinct())})");
    }

    private static void Refuse(ModelConfig config, string key)
    {
        if (config.Has(key))
        {
            throw new ModelFormatException($"{config.Path}: {key} is not implemented, only null is");
        }
    }

    private static void RefuseThresholding(ModelConfig config)
    {
        if (config.Bool("thresholding", false))
        {
            throw new ModelFormatException($"{config.Path}: thresholding is for models of pixels and is not implemented");
        }
    }

    private static void RefuseZeroSnr(ModelConfig config, string name)
    {
        if (config.Bool("rescale_betas_zero_snr", false))
        {
            throw new ModelFormatException($"{config.Path}: {name} cannot start from pure noise (rescale_betas_zero_snr): load DDIMScheduler from this file");
        }
    }

    // What diffusers' classes assume where a file is silent.
    private sealed record ClassDefaults(double BetaStart, double BetaEnd, string BetaSchedule, string Spacing)
    {
        public static ClassDefaults Pixel { get; } = new(0.0001, 0.02, "linear", "leading");

        public static ClassDefaults Linspace { get; } = Pixel with { Spacing = "linspace" };

        public static ClassDefaults StableDiffusion { get; } = new(0.00085, 0.012, "scaled_linear", "leading");
    }
}
