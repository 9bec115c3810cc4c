using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Diagnostics;

/// <summary>Looks at the engine once at start, so that a slow or half-installed one is reported in words and not found out by waiting.</summary>
internal static class EngineCheck
{
    /// <summary>Reference BLAS stays below this on any processor of the last ten years, optimised ones far above (10⁹ operations a second).</summary>
    public const double SlowGflops = 10;

    /// <summary>Runs the check; takes some tens of milliseconds with an optimised BLAS.</summary>
    public static EngineReport Run()
    {
        double gflops = MatmulGflops(512);
        string? reason = WhyNoCuda();
        return new EngineReport(
            __version__,
            get_num_threads(),
            Environment.ProcessorCount,
            gflops,
            reason is null ? cuda.device_count() : 0,
            reason,
            Aten.scaled_dot_product_attention.Exists,
            [.. Warnings(gflops)]);
    }

    /// <summary>Best of several products of two n×n matrices: the best run is the one that others disturbed least.</summary>
    private static double MatmulGflops(int n)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        Tensor a = ones([n, n], ScalarType.Float32, CPU);
        TimeSpan best = TimeSpan.MaxValue;
        for (int run = 0; run < 4; run++)
        {
            long start = Stopwatch.GetTimestamp();
            using Tensor product = a.matmul(a);
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            best = taken < best ? taken : best;
        }

        return 2.0 * n * n * n / best.TotalSeconds / 1e9;
    }

    private static string? WhyNoCuda()
    {
        if (NativeEngine.eng_cuda_available() == 0)
        {
            return "this libtorch was built without CUDA";
        }

        if (NativeEngine.eng_cuda_count() == 0)
        {
            return "libtorch has CUDA but sees no device: is a driver installed, and is the device given to this container?";
        }

        try
        {
            InitializeDeviceType(DeviceType.CUDA);
            return null;
        }
        catch (ExternalException e)
        {
            return e.Message;
        }
    }

    private static IEnumerable<string> Warnings(double gflops)
    {
        if (gflops < SlowGflops)
        {
            yield return $"matrix products run at {gflops:f1} GFLOPS: this is the reference BLAS; install libopenblas0-openmp (16 to 40 times faster)";
        }

        if (get_num_threads() > Environment.ProcessorCount)
        {
            yield return $"{get_num_threads()} threads on {Environment.ProcessorCount} processors: operators will wait for each other";
        }
    }
}
