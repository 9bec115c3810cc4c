using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pipeline.Cli.Doctor;

/// <summary>Does the tensor engine load, how fast is it, and does it find a GPU?</summary>
internal static class EngineChecks
{
    public static IEnumerable<CheckResult> Run()
    {
        try
        {
            return Results(EngineProbe.Run());
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or ExternalException)
        {
            return [CheckResult.Fail("tensor engine", e.GetBaseException().Message, "apt-get install libtorch-dev libopenblas0-openmp, then build again")];
        }
    }

    private static List<CheckResult> Results(EngineProbe probe)
    {
        List<CheckResult> results = [CheckResult.Ok("tensor engine", $"libtorch {probe.Version}, {get_num_threads()} threads, {Environment.ProcessorCount} processors")];
        if (probe.Speed is { } speed)
        {
            results.Add(CheckResult.Ok("matrix products", speed));
        }

        results.AddRange(probe.Warnings.Select(warning => CheckResult.Warn("tensor engine", warning, "see docs/benchmarks/engine.md")));
        string? policy = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY");
        results.Add(string.Equals(policy, "PASSIVE", StringComparison.OrdinalIgnoreCase)
            ? CheckResult.Ok("OpenMP waiting", "passive")
            : CheckResult.Warn("OpenMP waiting", "threads may spin while they wait", "start through ./moodpipe, or set OMP_WAIT_POLICY=PASSIVE before the process starts"));
        results.Add(CheckResult.Ok("GPU", probe.Gpu));
        return results;
    }
}
