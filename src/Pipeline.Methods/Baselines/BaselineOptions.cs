using Pipeline.Diffusion.Schedulers;
using Pipeline.Methods.Moodifier;

namespace Pipeline.Methods.Baselines;

/// <summary>What the methods that sample with DDIM have in common.</summary>
public abstract record BaselineOptions
{
    /// <summary>Most steps of a run: more than the model was trained with make no list.</summary>
    private const int MostSteps = 1000;

    /// <summary>N, denoising steps. Default 50 (all published baselines).</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Added to every timestep: 0 in the prompt-to-prompt family of code, 1 in Stable Diffusion 1.x's scheduler file. Default 0.</summary>
    public int StepsOffset { get; init; }

    /// <summary>w at intensity 1. Default 7.5.</summary>
    public double Guidance { get; init; } = 7.5;

    /// <summary>Text that guidance leads away from. Default empty, as published.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Whether the source's pixels are put back outside the stimulus map, where one is given. Default false: the baselines know no mask.</summary>
    public bool PixelComposite { get; init; }

    /// <summary>Longest side at which the model works, in pixels. Default null: one and a half times the model's native side.</summary>
    public int? LongSide { get; init; }

    /// <summary>Smallest long side, in pixels; smaller pictures are scaled up. Default null: the model's native side.</summary>
    public int? MinLongSide { get; init; }

    /// <summary>Both sides are rounded to a multiple of this and of the autoencoder's factor. Default 8.</summary>
    public int SizeMultiple { get; init; } = 8;

    /// <summary>Size of the result. Default working.</summary>
    public OutputSize OutputSize { get; init; } = OutputSize.Working;

    /// <summary>Most UNet rows a call; more emotions than fit go into further batches with the same result. Default 16. At least one emotion is always taken.</summary>
    public int MaxBatchRows { get; init; } = 16;

    /// <summary>
    /// Leaves an edit out where the source already evokes its emotion: where its zero-shot probability by the model folder's CLIP is above this. Default null: every edit is made.
    /// </summary>
    public double? SkipIfAlready { get; init; }

    /// <summary>The DDIM schedule over a model's noise levels.</summary>
    internal DdimOptions Ddim(NoiseSchedule schedule) => new() { TrainedBetas = [.. schedule.Betas.ToArray().Select(b => (double)b)], StepsOffset = StepsOffset };

    /// <exception cref="EditException">A value is out of range.</exception>
    public virtual void Check()
    {
        EditException.Require(Steps is >= 1 and <= MostSteps && StepsOffset is >= 0 and <= 1000, $"steps must lie in 1..{MostSteps} and stepsOffset in 0..1000");
        EditException.Require(Guidance >= 0 && double.IsFinite(Guidance), "guidance must be finite and not negative");
        EditException.Require((LongSide ?? 16) is >= 16 and <= 4096 && (MinLongSide ?? 1) is >= 1 and <= 4096, "longSide must lie in 16..4096 and minLongSide in 1..4096 pixels");
        EditException.Require(SizeMultiple is >= 1 and <= 256 && MaxBatchRows is >= 1 and <= 4096, "sizeMultiple must lie in 1..256 and maxBatchRows in 1..4096");
        EditException.Require(SkipIfAlready is null or >= 0 and <= 1, "skipIfAlready must lie in [0, 1]");
        EditException.Require(StepsOffset + (Steps - 1) * (MostSteps / Steps) < MostSteps, $"{Steps} steps with offset {StepsOffset} go beyond the last timestep");
    }

    internal static bool IsFraction(double value) => value is >= 0 and <= 1;
}
