using System.Diagnostics;
using System.Globalization;
using Pipeline.Contracts.Topology;
using Pipeline.TestShared;

namespace Pipeline.Ledger.Benchmarks;

/// <summary>Rates of one ledger under the load of a large job.</summary>
internal static class LedgerBenchmark
{
    public static void Describe(int items)
    {
        string load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{items:N0} items, {Environment.ProcessorCount} processors, load {load}"));
    }

    /// <param name="name">Kind of the ledger.</param>
    /// <param name="ledger">The ledger, empty.</param>
    /// <param name="items">Size of the job.</param>
    /// <param name="serverTime">Processor time of the database's server so far; zero where there is none.</param>
    public static async Task RunAsync(string name, ILedger ledger, int items, Func<TimeSpan> serverTime)
    {
        var load = new LedgerLoad(ledger, items);
        int claimed = Math.Min(items, 200_000);
        int small = Math.Min(claimed, 20_000);
        int single = Math.Min(claimed, 500);
        Console.WriteLine($"{name,-50} {"/s",12} {"s",8} {"processor s",12} {"/processor s",13}");
        await RateAsync("import", items, load.ImportAsync);
        await RateAsync("claim in windows of 1,000, messages confirmed", claimed, () => load.ClaimAsync(claimed));
        await RateAsync("apply, 1,000 in a transaction", claimed, () => load.ApplyAsync(StageNames.Prompt, claimed, 1000));
        await RateAsync("apply, 100 in a transaction", small, () => load.ApplyAsync(StageNames.Invert, small, 100));
        await RateAsync("apply, one in a transaction", single, () => load.ApplyAsync(StageNames.Edit, single, 1));
        TimeSpan progress = await load.ProgressAsync(200);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"progress, median",-48} {progress.TotalMilliseconds,12:F2} ms"));

        async Task RateAsync(string what, int count, Func<Task<TimeSpan>> work)
        {
            TimeSpan before = ProcessorTime() + serverTime();
            TimeSpan time = await work();
            double processor = (ProcessorTime() + serverTime() - before).TotalSeconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {what,-48} {count / time.TotalSeconds,12:N0} {time.TotalSeconds,8:F1} {processor,12:F1} {count / Math.Max(processor, 0.001),13:N0}"));
        }
    }

    private static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
