using static TorchSharp.torch;

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
}
