namespace Pipeline.Diffusion.Schedulers;

/// <summary>The rules by which sampling timesteps are taken from the training timesteps; all lists are descending.</summary>
public static class TimestepGrid
{
    /// <summary>The timesteps of a spacing. The offset applies to leading spacing only.</summary>
    /// <exception cref="ArgumentException">The number of steps is not in 1..T, or the offset leads beyond T − 1.</exception>
    public static int[] Create(TimestepSpacing spacing, int steps, int trainTimesteps, int offset) => spacing switch
    {
        TimestepSpacing.Leading => Leading(steps, trainTimesteps, offset),
        TimestepSpacing.Trailing => Trailing(steps, trainTimesteps),
        TimestepSpacing.Linspace => Linspace(steps, trainTimesteps),
        _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "unknown timestep spacing"),
    };

    /// <summary>(n−1)·d + offset, ..., d + offset, offset with d = T div n.</summary>
    public static int[] Leading(int steps, int trainTimesteps, int offset)
    {
        RequireSteps(steps, trainTimesteps);
        int stride = trainTimesteps / steps;
        int[] result = new int[steps];
        for (int i = 0; i < steps; i++)
        {
            result[i] = ((steps - 1 - i) * stride) + offset;
        }

        return result[0] < trainTimesteps && offset >= 0
            ? result
            : throw new ArgumentException($"{steps} steps with offset {offset} reach beyond the {trainTimesteps} training timesteps: use fewer steps or offset 0");
    }

    /// <summary>round(T − i·T/n) − 1, halves to even.</summary>
    public static int[] Trailing(int steps, int trainTimesteps)
    {
        RequireSteps(steps, trainTimesteps);

        // numpy's arange multiplies the rounded first difference; doing the same keeps its choice where T − i·T/n is close to a half.
        double delta = (trainTimesteps - ((double)trainTimesteps / steps)) - trainTimesteps;
        int[] result = new int[steps];
        for (int i = 0; i < steps; i++)
        {
            result[i] = (int)Math.Round(trainTimesteps + (i * delta), MidpointRounding.ToEven) - 1;
        }

        return result;
    }

    /// <summary>round(k·(T−1)/(n−1)), halves to even, from the largest k.</summary>
    public static int[] Linspace(int steps, int trainTimesteps)
    {
        RequireSteps(steps, trainTimesteps);
        double[] exact = LinspaceExact(steps, trainTimesteps);
        return Array.ConvertAll(exact, t => (int)Math.Round(t, MidpointRounding.ToEven));
    }

    /// <summary>k·(T−1)/(n−1) without rounding, from the largest k.</summary>
    public static double[] LinspaceExact(int steps, int trainTimesteps)
    {
        RequireSteps(steps, trainTimesteps);
        double[] result = new double[steps];
        for (int k = 0; k < steps; k++)
        {
            result[steps - 1 - k] = k == 0 ? 0.0 : k == steps - 1 ? trainTimesteps - 1 : k * ((trainTimesteps - 1.0) / (steps - 1));
        }

        return result;
    }

    /// <summary>
    /// Timesteps of a consistency-distilled model (Luo et al., arXiv 2310.04378): from the list k·j − 1 (j = 1..originalSteps, k = T div originalSteps), shortened to its first
    /// floor(strength·originalSteps) entries and descending, the entries floor(i·length/n).
    /// </summary>
    public static int[] Consistency(int steps, int trainTimesteps, int originalSteps, double strength = 1.0)
    {
        RequireSteps(originalSteps, trainTimesteps);
        int length = (int)(originalSteps * strength);
        if (steps < 1 || steps > length)
        {
            throw new ArgumentException($"{steps} steps: a consistency model distilled with {originalSteps} steps allows 1 to {length} at strength {strength}", nameof(steps));
        }

        int stride = trainTimesteps / originalSteps;
        int[] result = new int[steps];
        for (int i = 0; i < steps; i++)
        {
            result[i] = ((length - (int)((long)i * length / steps)) * stride) - 1;
        }

        return result;
    }

    private static void RequireSteps(int steps, int trainTimesteps)
    {
        if (steps < 1 || steps > trainTimesteps)
        {
            throw new ArgumentException($"the number of steps must be 1 to {trainTimesteps}, not {steps}", nameof(steps));
        }
    }
}
