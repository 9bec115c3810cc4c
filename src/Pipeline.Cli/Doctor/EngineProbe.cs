#if TENSOR_ENGINE_SYSTEM
using TorchSharp.Diagnostics;
#else
using static TorchSharp.torch;
#endif

namespace Pipeline.Cli.Doctor;

/// <summary>What is known of the tensor engine at start.</summary>
/// <param name="Version">Version of libtorch.</param>
/// <param name="Speed">Speed of matrix products in words; null where the engine brings its own BLAS.</param>
/// <param name="Gpu">Devices, or why there are none.</param>
/// <param name="Warnings">What makes it slow.</param>
internal sealed record EngineProbe(string Version, string? Speed, string Gpu, IReadOnlyList<string> Warnings)
{
    /// <summary>Looks at the engine; takes some 20 ms, or 0.3 s on a reference BLAS.</summary>
    public static EngineProbe Run()
    {
#if TENSOR_ENGINE_SYSTEM
        EngineReport report = EngineCheck.Run();
        return new EngineProbe(
            report.TorchVersion, $"{report.MatmulGflops:0} GFLOP/s", report.CudaReason ?? $"{report.CudaDevices} CUDA device(s)", report.Warnings);
#else
        return new EngineProbe(__version__, null, cuda.is_available() ? $"{cuda.device_count()} CUDA device(s)" : "none", []);
#endif
    }
}
