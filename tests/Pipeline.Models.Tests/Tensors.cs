using Pipeline.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests;

/// <summary>Assertions on tensors.</summary>
internal static class Tensors
{
    /// <summary>All values, row-major.</summary>
    public static float[] Values(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float32).ToHost<float>();
    }

    /// <summary>Same shape, and no element further apart than <paramref name="tolerance"/>.</summary>
    public static void AssertClose(Tensor expected, Tensor actual, double tolerance = 1e-4)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(Distance(expected, actual), 0, tolerance);
    }

    /// <summary>Largest absolute difference; not-a-number counts as infinite.</summary>
    public static double Distance(Tensor a, Tensor b) =>
        a.Values().Zip(b.Values(), (x, y) => Math.Abs((double)x - y)).Select(d => double.IsNaN(d) ? double.PositiveInfinity : d).DefaultIfEmpty(0).Max();

    /// <summary>Token ids [1, n].</summary>
    public static Tensor Ids(params int[] ids) => tensor(ids.Select(i => (long)i).ToArray(), [1, ids.Length], ScalarType.Int64);

    /// <summary>Normal noise from a seed.</summary>
    public static Tensor Noise(long seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, ScalarType.Float32, generator: generator);
    }

    /// <summary>The action leaves no tensor behind on this thread.</summary>
    public static void AssertNothingLeft(Action action)
    {
        action();       // whatever is made once and kept
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        action();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
