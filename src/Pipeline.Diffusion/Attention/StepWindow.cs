namespace Pipeline.Diffusion.Attention;

/// <summary>The steps in which a control acts: step indices <see cref="From"/> up to, but not including, <see cref="Until"/>.</summary>
/// <param name="From">First active step.</param>
/// <param name="Until">First inactive step after it.</param>
/// <remarks>
/// Schedules are given as fractions rho of the N steps of the full list and turned into integers once: n_on = floor(rho N + 1e-9). Comparing float fractions at every step
/// makes the count depend on rounding (0.8 of 40 steps came out as 31 in one place and 32 in another of a published implementation), and rounding to nearest
/// would turn 7.5 into 8.
/// </remarks>
public readonly record struct StepWindow(int From, int Until)
{
    /// <summary>No step.</summary>
    public static StepWindow Never => default;

    /// <summary>Every step.</summary>
    public static StepWindow Always => new(0, int.MaxValue);

    /// <summary>Whether the control acts in step <paramref name="step"/>.</summary>
    public bool Contains(int step) => step >= From && step < Until;

    /// <summary>n_on = floor(fraction * steps + 1e-9).</summary>
    /// <exception cref="DiffusionException">The fraction is not between 0 and 1.</exception>
    public static int Count(double fraction, int steps) => fraction is >= 0 and <= 1
        ? (int)Math.Floor(fraction * steps + 1e-9)
        : throw new DiffusionException($"a schedule fraction must lie between 0 and 1, got {fraction}");

    /// <summary>The steps k with k &lt; fraction * steps, of which a started one counts: StyleDiffusion's rule for tau_v.</summary>
    /// <exception cref="DiffusionException">The fraction is not between 0 and 1.</exception>
    public static StepWindow Before(double fraction, int steps, int skipped = 0) => fraction is >= 0 and <= 1
        ? new StepWindow(0, Math.Max(0, (int)Math.Ceiling(fraction * steps - 1e-9) - skipped))
        : throw new DiffusionException($"a schedule fraction must lie between 0 and 1, got {fraction}");

    /// <summary>
    /// The first n_on of <paramref name="steps"/> steps. When a run of strength below 1 leaves out the first <paramref name="skipped"/> steps of the list they count as done:
    /// step k of the run is active while k + 1 + skipped &lt;= n_on.
    /// </summary>
    public static StepWindow First(double fraction, int steps, int skipped = 0) => new(0, Math.Max(0, Count(fraction, steps) - skipped));
}
