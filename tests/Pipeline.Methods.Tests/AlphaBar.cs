namespace Pipeline.Methods.Tests;

/// <summary>alphaBar of Stable Diffusion in double precision.</summary>
internal static class AlphaBar
{
    private static readonly double[] Values = Make();

    public static double Of(int timestep) => Values[timestep];

    private static double[] Make()
    {
        double[] result = new double[1000];
        (double low, double high, double product) = (Math.Sqrt(0.00085), Math.Sqrt(0.012), 1);
        for (int i = 0; i < result.Length; i++)
        {
            double root = low + (high - low) * i / 999;
            result[i] = product *= 1 - root * root;
        }

        return result;
    }
}
