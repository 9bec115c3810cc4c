using static TorchSharp.torch;

// The counts are of the whole process, so the tests of an assembly that counts run one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Pipeline.TestKit;

/// <summary>Counts live tensors of the whole process; compiled into every test assembly that counts them, so that the kit needs no tensor engine.</summary>
internal static class LiveTensors
{
    private const int Rounds = 3;

    /// <summary>Their number, after everything that earlier tests left to the finalizer is gone.</summary>
    public static long Settled()
    {
        for (int i = 0; i < Rounds; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            ones(1).Dispose(); // frees what finalizers handed over
        }

        return Tensor.TotalCount;
    }

    /// <summary>Asserts that nothing was left behind since <paramref name="settled"/>. Fewer are fine: a leftover of an earlier test may have been finalized meanwhile.</summary>
    public static void AssertBackTo(long settled)
    {
        long now = Tensor.TotalCount;
        Assert.True(now <= settled, $"{now - settled} of {now} live tensors were left behind");
    }

    /// <summary>Asserts that work frees every tensor it makes.</summary>
    public static void AssertUnchangedBy(Action work)
    {
        long before = Settled();
        work();
        AssertBackTo(before);
    }
}
