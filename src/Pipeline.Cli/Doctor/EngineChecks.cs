using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pipeline.Cli.Doctor;

/// <summary>Does the tensor engine load, how fast is it, and does it find a GPU?</summary>
internal static class EngineChecks
{
    public static IEnumerable<CheckResult> Run()
    {
        double speed;
        CheckResult? failure = null;
        try
        {
            speed = MatrixSpeed.Measure();
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or ExternalException)
        {
            speed = 0;
            failure = CheckResult.Fail("tensor engine", e.GetBaseException().Message, "apt-get install libtorch-dev libopenblas0-openmp, then build again");
        }

        return failure is null ? Results(speed) : [failure];
    }

    private static IEnumerable<CheckResult> Results(double speed)
    {
        yield return CheckResult.Ok("tensor engine", $"libtorch, {get_num_threads()} threads, {Environment.ProcessorCount} processors");
        string found = $"{speed:0} GFLOP/s";
        yield return speed >= MatrixSpeed.ReferenceLimit
            ? CheckResult.Ok("matrix products", found)
            : CheckResult.Warn("matrix products", found + ": a reference BLAS is in use", "apt-get install libopenblas0-openmp (16 to 40 times faster)");
        string? policy = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY");
        yield return string.Equals(policy, "PASSIVE", StringComparison.OrdinalIgnoreCase)
            ? CheckResult.Ok("OpenMP waiting", "passive")
            : CheckResult.Warn("OpenMP waiting", "threads spin while they wait", "start through ./moodpipe, or set OMP_WAIT_POLICY=PASSIVE before the process starts");
        yield return CheckResult.Ok("GPU", cuda.is_available() ? $"{cuda.device_count()} CUDA device(s)" : "none: computing on the CPU");
    }
}
