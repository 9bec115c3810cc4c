namespace Pipeline.Diffusion.Schedulers;

/// <summary>Noise levels in the variance-exploding form (sigma), between and beside the training timesteps.</summary>
internal static class SigmaGrid
{
    private const double KarrasRho = 7.0;

    /// <summary>Sigma at fractional timesteps, linear between neighbours, constant beyond the ends.</summary>
    public static double[] Interpolate(IReadOnlyList<double> timesteps, double[] sigmas)
    {
        double[] result = new double[timesteps.Count];
        for (int i = 0; i < result.Length; i++)
        {
            double t = Math.Clamp(timesteps[i], 0.0, sigmas.Length - 1.0);
            int low = Math.Min((int)t, sigmas.Length - 2);
            result[i] = sigmas[low] + ((t - low) * (sigmas[low + 1] - sigmas[low]));
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

    /// <summary>The fractional timestep of a sigma: inverse interpolation in log sigma over the ascending training sigmas.</summary>
    public static double TimestepOf(double sigma, double[] sigmas)
    {
        double target = Math.Log(Math.Max(sigma, 1e-10));
        int low = 0;
        for (int t = 0; t < sigmas.Length - 1 && Math.Log(sigmas[t]) <= target; t++)
        {
            low = t;
        }

        low = Math.Min(low, sigmas.Length - 2);
        double below = Math.Log(sigmas[low]);
        double above = Math.Log(sigmas[low + 1]);
        return low + Math.Clamp((below - target) / (below - above), 0.0, 1.0);
    }
}
