using TorchSharp;
using TorchSharp.Diagnostics;
using TorchSharp.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Pipeline.Benchmarks;

/// <summary>The tensor engine: what a call costs, and whether heavy work runs at libtorch's own speed.</summary>
internal static class EngineBenchmarks
{
    public static void Describe()
    {
        EngineReport report = EngineCheck.Run();
        Console.WriteLine($"libtorch {report.TorchVersion}, {report.Threads} thread(s), {report.Processors} processors, matmul {report.MatmulGflops:f0} GFLOPS");
        foreach (string warning in report.Warnings)
        {
            Console.WriteLine($"warning: {warning}");
        }
    }

    /// <summary>Calls on 4-element tensors: nearly all of the time is the way into the kernel.</summary>
    public static void Calls()
    {
        using Tensor a = ones(4);
        using Tensor b = ones(4);
        Report("add, recording gradients", () => (a + b).Dispose());
        using (no_grad())
        {
            Report("add, no_grad", () => (a + b).Dispose());
            Report("add of a number, no_grad", () => (a + 1.0).Dispose());
            Report("add in place, no_grad", () => a.add_(b));
            Report("view (a list argument), no_grad", () => a.view(2, 2).Dispose());
            using Tensor gamma = ones(4);
            using Tensor row = ones(1, 4);
            Report("layer norm (five arguments), no_grad", () => F.layer_norm(row, [4], gamma, gamma).Dispose());
        }

        using (inference_mode())
        {
            Report("add, inference mode", () => (a + b).Dispose());
            Report("add, inference mode, in a dispose scope", () =>
            {
                using DisposeScope scope = NewDisposeScope();
                _ = a + b;
            });
        }

        Report("read the shape", () => _ = a.shape);
        Report("read the type", () => _ = a.dtype);

        static void Report(string name, Action call) => Console.WriteLine($"{name,-45} {Measurement.NanosecondsPerCall(call),8:f0} ns");
    }

    /// <summary>Blocks of a diffusion model at the sizes of Stable Diffusion 1.5.</summary>
    public static void Kernels()
    {
        using DisposeScope outer = NewDisposeScope();
        using IDisposable quiet = no_grad();
        Tensor square = randn(1024, 1024);
        Report("matmul 1024³", 8, () => square.matmul(square));

        Tensor image = randn(2, 320, 64, 64);
        Tensor kernel = randn(320, 320, 3, 3) * 0.02;
        Report("conv 3×3, 320→320, 2×64×64", 5, () => F.conv2d(image, kernel, null, null, [1, 1]));

        Tensor scale = ones(320);
        Tensor shift = zeros(1, 320, 1, 1);
        Report("resnet block 2×320×64×64", 4, () =>
        {
            Tensor h = F.conv2d(F.silu(F.group_norm(image, 32, scale, scale)), kernel, scale, null, [1, 1]) + shift;
            return F.conv2d(F.silu(F.group_norm(h, 32, scale, scale)), kernel, scale, null, [1, 1]) + image;
        });

        Tensor q = randn(8, 4096, 40);
        Tensor k = randn(8, 4096, 40);
        Tensor none = empty(8, 4096, 4096);
        Report("attention 8 heads × 4096 × 40", 3, () => baddbmm(none, q, k.transpose(1, 2), 0, 0.158f).softmax(-1).bmm(k));

        Tensor x = randn(64, 64);
        Tensor w = randn(64, 64) * 0.1;
        Report("1000 × (linear 64×64 + silu)", 10, () =>
        {
            for (int step = 0; step < 1000; step++)
            {
                using Tensor y = F.linear(x, w);
                F.silu(y).Dispose();
            }

            return x.alias();
        });

        static void Report(string name, int runs, Func<Tensor> run)
        {
            (double wall, double processor) = Measurement.Milliseconds(
                () =>
                {
                    using DisposeScope scope = NewDisposeScope();
                    _ = run();
                },
                runs);
            Console.WriteLine($"{name,-45} {wall,8:f1} ms wall {processor,8:f1} ms processor");
        }
    }

    /// <summary>What happens to tensors that nobody disposes, and what following them costs.</summary>
    public static void Memory()
    {
        (int collections, long peak) = (GC.CollectionCount(2), 0);
        long before = NativeEngine.LiveBytes;
        for (int k = 0; k < 400; k++)
        {
            _ = zeros(1 << 20); // 4 MiB, forgotten
            peak = Math.Max(peak, NativeEngine.LiveBytes - before);
        }

        Console.WriteLine($"400 forgotten tensors of 4 MiB: peak {peak >> 20} MiB, {GC.CollectionCount(2) - collections} full collections");
        collections = GC.CollectionCount(2);
        for (int k = 0; k < 400; k++)
        {
            using Tensor disposed = zeros(1 << 20);
        }

        Console.WriteLine($"400 disposed tensors of 4 MiB: {GC.CollectionCount(2) - collections} full collections");
    }
}
