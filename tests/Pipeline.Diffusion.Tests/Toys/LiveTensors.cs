using static TorchSharp.torch;

// Live tensors are counted over the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Pipeline.Diffusion.Tests.Toys;

/// <summary>Asserts that work frees every tensor it makes.</summary>
public static class LiveTensors
{
    public static void AssertUnchangedBy(Action work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        work();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
