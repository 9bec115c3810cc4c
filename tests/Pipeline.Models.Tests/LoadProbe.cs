using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests;

/// <summary>
/// The entry point of this assembly when it is started as a program: loads all tensors of a file as a network would, reads every element, and prints how far
/// the peak of resident memory rose. A process of its own, since the peak cannot be told apart from what other tests did.
/// </summary>
internal static class LoadProbe
{
    public static int Main(string[] args)
    {
        if (args is not [string path, string warmUp])
        {
            Console.Error.WriteLine("usage: FILE WARM-UP-FILE");
            return 2;
        }

        // Engine, code and first allocations are no part of the question.
        Load(warmUp);
        GC.Collect();
        long before = Status("VmRSS:");
        // 5: the kernel forgets the peak so far.
        File.WriteAllText("/proc/self/clear_refs", "5");
        long bytes = Load(path);
        Console.WriteLine($"{bytes} {Status("VmHWM:") - before}");
        return 0;
    }

    private static long Load(string path)
    {
        List<Tensor> network = [];
        using (CheckpointWeights weights = CheckpointWeights.OpenFile(path))
        {
            foreach (string name in weights.Names)
            {
                network.Add(weights.Take(name, weights.Info(name).Shape, Init.Zeros));
            }
        }

        long bytes = 0;
        foreach (Tensor tensor in network)
        {
            using Tensor sum = tensor.sum();
            bytes += tensor.numel() * 4;
            GC.KeepAlive(sum.item<float>());
        }

        network.ForEach(t => t.Dispose());
        return bytes;
    }

    private static long Status(string key) =>
        long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
}
