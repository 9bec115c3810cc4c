using Pipeline.Diffusion.Schedulers;

namespace Pipeline.Training.Denoising;

/// <summary>
/// Min-SNR-γ weights of the noise loss (Hang et al. 2023, arXiv 2303.09556, section 3.4): w_t = min(SNR_t, γ) / SNR_t with SNR_t = ᾱ_t / (1 − ᾱ_t). Steps of little noise, where the noise is hard
/// to tell and little is learnt from it, no longer outweigh the others.
/// </summary>
/// <param name="schedule">Noise levels.</param>
/// <param name="limit">γ; 5 in the paper.</param>
public sealed class SnrWeights(NoiseSchedule schedule, double limit)
{
    /// <summary>ᾱ_t / (1 − ᾱ_t).</summary>
    public double SignalToNoise(int timestep) => schedule.AlphaBar(timestep) / (1 - schedule.AlphaBar(timestep));

    /// <summary>w_t.</summary>
    public double Of(int timestep) => Math.Min(SignalToNoise(timestep), limit) / SignalToNoise(timestep);
}
