namespace Pipeline.Diffusion.Inversion;

/// <summary>Settings of <see cref="VirtualInversion"/>.</summary>
/// <param name="Timesteps">Which timesteps are visited.</param>
/// <param name="Eta">Share of the next level's noise variance that is drawn anew, v = eta (1 - alphaBar_p), in [0, 1]. Default 1, which all published runs use.</param>
/// <param name="StartFromNoise">
/// Starts all branches from pure noise instead of the noised picture; only at strength 1. Default false (the published PIE-Bench run of InfEdit uses true, Moodifier's Algorithm 1 the picture).
/// </param>
/// <param name="OfficialDirection">
/// Whether the source row takes the direction term of the last branch (the layout branch's, where there is one), as in the published code, instead of its own. Shows for eta below 1 only. Default false.
/// </param>
public sealed record VirtualInversionOptions(TimestepPlan Timesteps, double Eta = 1, bool StartFromNoise = false, bool OfficialDirection = false);
