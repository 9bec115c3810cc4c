using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>What an inversion is made over: the model, and the settings it shares with the edit that follows.</summary>
/// <param name="Predictor">The denoiser; belongs to the caller.</param>
/// <param name="Schedule">Noise schedule of its training.</param>
/// <param name="Plan">Timesteps of the edit.</param>
public sealed record InversionContext(INoisePredictor Predictor, NoiseSchedule Schedule, TimestepPlan Plan)
{
    /// <summary>w_s, guidance of the source branch while editing. Default 1.</summary>
    public double GuidanceSource { get; init; } = 1;

    /// <summary>Text states of the empty prompt [1, L, X], from which inversions of guided sources start; belongs to the caller.</summary>
    public Tensor? EmptyContext { get; init; }

    /// <summary>StyleDiffusion only: all tokens of the picture by CLIP's image tower [1, N, X], which its computation needs; belongs to the caller.</summary>
    public Tensor? ImageTokens { get; init; }

    /// <summary>Virtual inversion only: see <see cref="VirtualInversionOptions.Eta"/>.</summary>
    public double Eta { get; init; } = 1;

    /// <summary>Virtual inversion only: see <see cref="VirtualInversionOptions.StartFromNoise"/>.</summary>
    public bool StartFromNoise { get; init; }

    /// <summary>The DDIM schedule of the plan over the model's own noise levels.</summary>
    /// <exception cref="DiffusionException">The plan is not one that DDIM inverts: leading timesteps, all of them.</exception>
    public DdimOptions Ddim() => Plan is { Rule: TimestepRule.Leading, Skipped: 0 }
        ? new DdimOptions { TrainedBetas = [.. Schedule.Betas.ToArray().Select(b => (double)b)], StepsOffset = Plan.Offset }
        : throw new DiffusionException("inversions that run the model need leading timesteps and strength 1");
}
