namespace TorchSharp.Diagnostics;

/// <summary>What the start-up check found.</summary>
/// <param name="TorchVersion">Version of libtorch that the native library was built against.</param>
/// <param name="Threads">Threads that one operator may use.</param>
/// <param name="Processors">Processors that this process may use (a container's limit counts).</param>
/// <param name="MatmulGflops">Speed of a 512×512×512 Float32 matrix product, in 10⁹ operations a second, best of a few runs.</param>
/// <param name="CudaDevices">CUDA devices that can be used.</param>
/// <param name="CudaReason">Why there is no CUDA device; null when there is one.</param>
/// <param name="FusedAttention">Whether this libtorch has the fused attention operator.</param>
/// <param name="Warnings">What an operator of the system should change, one sentence each.</param>
internal sealed record EngineReport(
    string TorchVersion,
    int Threads,
    int Processors,
    double MatmulGflops,
    int CudaDevices,
    string? CudaReason,
    bool FusedAttention,
    IReadOnlyList<string> Warnings);
