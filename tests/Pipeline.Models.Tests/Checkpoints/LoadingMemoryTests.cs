using System.Diagnostics;
using System.Globalization;
using Pipeline.Models.Checkpoints;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Checkpoints;

public sealed class LoadingMemoryTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Loading_256_megabytes_of_weights_needs_at_most_a_tenth_more_than_the_weights(ScalarType stored)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // the peak of resident memory is read from /proc
        }

        using TemporaryFolder folder = new();
        string big = folder.File("big.safetensors"), small = folder.File("small.safetensors");
        // One large matrix, as an embedding is, and layers of 4 million elements.
        WriteFile(big, stored, [32L << 20, .. Enumerable.Repeat(4L << 20, 8)]);
        WriteFile(small, stored, [1L << 20]);
        long[] result = Run(big, small);
        Assert.Equal(256L << 20, result[0]);
        Assert.True(result[1] <= 1.1 * result[0], $"{stored}: {result[0]} bytes of weights, peak rose by {result[1]}");
        // The whole was read: a peak far below would mean that the probe did not look at the weights.
        Assert.True(result[1] >= 0.9 * result[0], $"{stored}: {result[0]} bytes of weights, peak rose only by {result[1]}");
    }

    private static void WriteFile(string path, ScalarType type, long[] counts)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(path, counts.Select((count, i) => ($"layer.{i}.weight", ones([count / 1024, 1024], type))));
    }

    private static long[] Run(string file, string warmUp)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(LoadingMemoryTests).Assembly.Location, file, warmUp])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return [.. output.Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
    }
}
