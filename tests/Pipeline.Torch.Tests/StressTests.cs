using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class StressTests
{
    /// <summary>Wrappers whose last use is the call itself, half of them forgotten, while the collector runs all the time.</summary>
    [Fact]
    public void Results_are_right_on_many_threads_while_the_collector_runs()
    {
        using CancellationTokenSource done = new();
        Thread collector = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        double[] sums = new double[4];
        Thread[] workers = [.. Enumerable.Range(0, sums.Length).Select(n => new Thread(() => sums[n] = Work(n)))];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        done.Cancel();
        collector.Join();
        Assert.Equal([0.0, 400 * 32, 400 * 64, 400 * 96], sums);
    }

    private static double Work(int n)
    {
        double sum = 0;
        for (int k = 0; k < 400; k++)
        {
            using Tensor total = (full([4, 8], n, ScalarType.Float32) * ones(4, 8)).view(8, 4).t().contiguous().sum();
            sum += cat([total.view(1), zeros(3)]).split([1, 3])[0].ToDouble();
        }

        return sum;
    }
}
