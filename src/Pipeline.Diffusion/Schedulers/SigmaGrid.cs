namespace Pipeline.Diffusion.Schedulers;

/// <summary>Noise levels in the variance-exploding form (sigma), between and beside the training timesteps.</summary>
internal static class SigmaGrid
{
    private const double KarrasRho = 7.0;

    /// <summary>Sigma at fractional timesteps, linear between neighbours, constant beyond the ends.</summary>
    public static double[] Interpolate(IReadOnlyList<double> timesteps, float[] sigmas)
    {
        double[] result = new double[timesteps.Count];
        for (int i = 0; i < result.Length; i++)
        {
            double t = Math.Clamp(timesteps[i], 0.0, sigmas.Length - 1.0);
            int low = Math.Min((int)t, sigmas.Length - 2);
            result[i] = (((double)sigmas[low + 1] - sigmas[low]) * (t - low)) + sigmas[low];
        }

        return result;
    }

    /// <summary>n levels from <paramref name="largest"/> to <paramref name="smallest"/>, equally spaced in sigma^(1/7): Karras et al. 2022, arXiv 2206.00364, eq. (5).</summary>
    public static double[] Karras(double smallest, double largest, int count)
    {
        double low = Math.Pow(smallest, 1.0 / KarrasRho);
        double high = Math.Pow(largest, 1.0 / KarrasRho);
        double[] result = new double[count];
        for (int i = 0; i < count; i++)
        {
            double ramp = count == 1 ? 0.0 : i / (count - 1.0);
            result[i] = Math.Pow(high + (ramp * (low - high)), KarrasRho);
        }

        return result;
    }

    /// <summary>The fractional timestep of a sigma: inverse interpolation in log sigma over the ascending training sigmas, whose logarithms are single precision.</summary>
    public static double TimestepOf(double sigma, float[] sigmas)
    {
        double target = Math.Log(Math.Max(sigma, 1e-10));
        int low = 0;
        while (low < sigmas.Length - 2 && MathF.Log(sigmas[low + 1]) <= (float)target)
        {
            low++;
        }

        float below = MathF.Log(sigmas[low]);
        float above = MathF.Log(sigmas[low + 1]);
        double weight = Math.Clamp((below - target) / (below - above), 0.0, 1.0);
        return ((1.0 - weight) * low) + (weight * (low + 1));
    }
}
