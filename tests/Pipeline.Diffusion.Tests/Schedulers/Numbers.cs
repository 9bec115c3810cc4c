using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Schedulers;

/// <summary>Comparing tensors, and counting those that live on this thread.</summary>
internal static class Numbers
{
    public static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        double worst = (expected.to(ScalarType.Float64) - actual.to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(worst <= tolerance, $"largest difference {worst:g3}, allowed {tolerance:g3}");
    }

    /// <summary>Runs the work twice, the first time for what is made once, and asserts that the second run leaves no tensor behind.</summary>
    public static void AssertLeavesNoTensor(Action work)
    {
        work();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        work();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
