using Pipeline.TestKit;
using TorchSharp.Diagnostics;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class EngineCheckTests
{
    [Fact]
    public void The_check_tells_version_speed_and_why_there_is_no_CUDA()
    {
        long before = LiveTensors.Settled();
        EngineReport report = EngineCheck.Run();
        Assert.Matches(@"^\d+\.\d+", report.TorchVersion);
        Assert.InRange(report.MatmulGflops, 0.01, 1e6);
        Assert.Equal(report.CudaDevices == 0, report.CudaReason is not null);
        Assert.Equal(report.MatmulGflops < EngineCheck.SlowGflops, report.Warnings.Any(w => w.Contains("reference BLAS", StringComparison.Ordinal)));
        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void The_number_of_threads_is_what_was_set()
    {
        int before = get_num_threads();
        set_num_threads(2);
        Assert.Equal(2, get_num_threads());
        set_num_threads(before);
    }
}
