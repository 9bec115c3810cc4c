using System.Diagnostics;
using static TorchSharp.torch;

namespace Pipeline.Cli.Doctor;

/// <summary>How fast this process multiplies matrices: tells a reference BLAS (about 5 GFLOP/s a core) from a real one (80 and more).</summary>
internal static class MatrixSpeed
{
    /// <summary>Below this the reference BLAS is in use.</summary>
    public const double ReferenceLimit = 10;

    private const int Side = 512;

    /// <summary>Best of a few products of 512x512 single-precision matrices, in GFLOP per second. Takes some 20 ms, or 0.3 s on a reference BLAS.</summary>
    public static double Measure()
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var a = ones(Side, Side);
        double best = 0;
        for (int i = 0; i < 4; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using var product = matmul(a, a);
            best = Math.Max(best, 2.0 * Side * Side * Side / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }
}
