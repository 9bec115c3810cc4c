using Pipeline.Diffusion.Schedulers;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Which timesteps a run visits. The list is part of every result, since libraries of different age derive different lists from the same settings.</summary>
/// <param name="Steps">N, steps of the full list.</param>
/// <param name="Rule">How they are picked. Default: LCM.</param>
/// <param name="Strength">
/// Part of the list that is run, in (0, 1]: 1 starts from the noisiest step, s leaves out the first N - floor(s N) (InfEdit's rule; the LCM scheduler's own rule, which thins the list instead,
/// is <see cref="TimestepGrid.Consistency"/>'s last parameter). Default 1.
/// </param>
/// <param name="OriginalSteps">LCM only: steps of the distillation. Default 50.</param>
/// <param name="Offset">Leading only: added to every timestep; 1 in the SD 1.x scheduler file, 0 in the prompt-to-prompt family. Default 1.</param>
/// <param name="TrainingSteps">T, timesteps of the training. Default 1000.</param>
public sealed record TimestepPlan(
    int Steps, TimestepRule Rule = TimestepRule.Lcm, double Strength = 1, int OriginalSteps = 50, int Offset = 1, int TrainingSteps = 1000)
{
    /// <summary>Number of steps that the strength leaves out at the noisy end.</summary>
    public int Skipped => Steps - Math.Min(Steps, (int)Math.Floor(Strength * Steps + 1e-9));

    /// <summary>The whole list, noisiest first.</summary>
    /// <exception cref="DiffusionException">The settings give no such list.</exception>
    public IReadOnlyList<int> Full()
    {
        try
        {
            return Rule == TimestepRule.Lcm
                ? TimestepGrid.Consistency(Steps, TrainingSteps, OriginalSteps)
                : TimestepGrid.Leading(Steps, TrainingSteps, Offset);
        }
        catch (ArgumentException e)
        {
            throw new DiffusionException(e.Message);
        }
    }

    /// <summary>The timesteps that are run, noisiest first.</summary>
    /// <exception cref="DiffusionException">The settings give no step at all.</exception>
    public IReadOnlyList<int> Timesteps() => Strength > 0 && Strength <= 1 && Skipped < Steps
        ? [.. Full().Skip(Skipped)]
        : throw new DiffusionException($"a strength of {Strength} leaves none of {Steps} steps, or lies outside (0, 1]");
}
