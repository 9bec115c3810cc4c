using Pipeline.Diffusion.Noise;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>
/// Virtual inversion: the denoising diffusion consistent model (DDCM). z_0 is known, so nothing is inverted: the source latent is kept analytically consistent with z_0 at every
/// level, and the other branches move by differences of noise predictions.
/// </summary>
/// <remarks>
/// S. Xu, Y. Huang, J. Pan, Z. Ma, J. Chai, "Inversion-Free Image Editing with Natural Language", CVPR 2024 (arXiv:2312.04965), Algorithm 2. Moodifier's "non-iterative inversion
/// approach" is this one. Differences from the published code: z_0 is the posterior mean, not a sample (edits of a picture share it and repeat); the source row takes its own direction
/// term, not that of the layout branch, which differs for eta &lt; 1 only and then drifts off the picture; noise comes from
/// <see cref="NoiseSource"/>, one draw a step shared by all branches of the picture.
/// </remarks>
/// <param name="options">Timesteps, eta, start.</param>
/// <param name="alphaBar">alphaBar[t], the cumulative product of (1 - beta), for t in 0..999.</param>
public sealed class VirtualInversion(VirtualInversionOptions options, Func<int, double> alphaBar) : IInversion
{
    /// <inheritdoc />
    public string Name => "virtual";

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static IInversionFactory Factory { get; } = new InversionFactory<VirtualParameters>(
        "virtual",
        new InversionTraits { SharedNoise = true, Steps = 15, Timesteps = TimestepRule.Lcm, StepsOffset = 1, GuidanceTarget = 2 },
        [("paper", new()), ("official", new() { OfficialDirection = true })],
        _ => null,
        (o, c) => new VirtualInversion(new VirtualInversionOptions(c.Plan, c.Eta, c.StartFromNoise, o.OfficialDirection), c.Schedule.AlphaBar));

    /// <summary>Nothing: z_0 itself is all that the trajectory needs.</summary>
    public InversionArtefact Compute(Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default) => new();

    /// <inheritdoc />
    public ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact)
    {
        if (latent.dim() != 4 || latent.shape[0] != 1)
        {
            throw new DiffusionException($"virtual inversion takes one latent [1, C, h, w], got [{string.Join(", ", latent.shape)}]");
        }

        if (options.Eta is not (>= 0 and <= 1))
        {
            throw new DiffusionException($"eta must lie in [0, 1], got {options.Eta}");
        }

        if (options.StartFromNoise && options.Timesteps.Skipped > 0)
        {
            throw new DiffusionException($"a start from pure noise needs strength 1, got {options.Timesteps.Strength}");
        }

        if (alphaBar(options.Timesteps.Timesteps()[0]) is not > 0)
        {
            throw new DiffusionException("this schedule starts from pure noise (alphaBar 0), where a step cannot tell x_0: use a strength below 1 or a schedule without rescale_betas_zero_snr");
        }

        return new VirtualTrajectory(options, alphaBar, latent, noise);
    }
}
