using System.Runtime.InteropServices;
using Pipeline.TestKit;
using TorchSharp.Native;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class ErrorTests
{
    [Fact]
    public void An_error_of_libtorch_keeps_its_words_and_has_no_native_backtrace()
    {
        using Tensor a = ones(2, 3);
        using Tensor b = ones(2, 3);
        ExternalException error = Assert.Throws<ExternalException>(() => a.matmul(b));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_allocation_can_be_told_from_other_errors()
    {
        long before = LiveTensors.Settled();
        ExternalException error = Assert.Throws<ExternalException>(() => zeros([1L << 46]));
        Assert.Equal(EngineErrors.OutOfMemory, error.ErrorCode);
        Assert.Contains("out of memory", error.Message, StringComparison.OrdinalIgnoreCase);
        LiveTensors.AssertBackTo(before);
        using Tensor fine = zeros(4);
        Assert.Equal(4, fine.numel());
    }

    [Fact]
    public void A_missing_tensor_is_named_with_its_argument()
    {
        using Tensor x = ones(2);
        ArgumentException error = Assert.Throws<ArgumentException>(() => x.add((Tensor)null!));
        Assert.Contains("'other'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_tensor_is_refused_by_name()
    {
        Tensor gone = ones(2);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => gone.shape);
        Assert.Throws<ObjectDisposedException>(() => gone + 1);
        Assert.Equal("(disposed)", gone.ToString());
    }

    [Fact]
    public void Half_precision_products_on_the_CPU_fail_in_words()
    {
        using Tensor half = ones(4, 4).half();
        if (__version__.StartsWith("1.", StringComparison.Ordinal))
        {
            Assert.Contains("not implemented for 'Half'", Assert.Throws<ExternalException>(() => half.matmul(half)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Elements_are_only_read_as_what_they_are()
    {
        using Tensor whole = tensor(new long[] { 1, 2 });
        Assert.Contains("Int64", Assert.Throws<ArgumentException>(() => whole.data<float>()).Message, StringComparison.Ordinal);
        using Tensor transposed = ones(2, 3).t();
        Assert.Throws<InvalidOperationException>(() => transposed.bytes.Length);
    }

    [Fact]
    public void Unknown_devices_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Device("gpu"));
        Assert.Throws<ArgumentException>(() => new Device("cuda:x"));
        Assert.Equal("cuda:1", new Device("cuda:1").ToString());
        if (!cuda.is_available())
        {
            Assert.Throws<ExternalException>(() => ones(1).cuda());
            Assert.False(TryInitializeDeviceType(DeviceType.CUDA));
        }
    }

    [Fact]
    public void Errors_of_two_threads_do_not_mix()
    {
        using Tensor x = ones(2, 2);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, k =>
        {
            ExternalException error = Assert.Throws<ExternalException>(() => x.view(k + 5));
            Assert.Contains($"[{k + 5}]", error.Message, StringComparison.Ordinal);
        });
    }
}
