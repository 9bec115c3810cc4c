using System.Runtime.InteropServices;
using Pipeline.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>Element types of the precisions, and whether a device computes in them: asked of the device itself, by a small product and a small convolution with their gradients.</summary>
internal static class PrecisionSupport
{
    /// <summary>The type of products; null for single precision.</summary>
    public static ScalarType? TypeOf(TrainingPrecision precision) => precision switch
    {
        TrainingPrecision.Bfloat16 => ScalarType.BFloat16,
        TrainingPrecision.Float16 => ScalarType.Float16,
        _ => null,
    };

    /// <summary>Refuses what the run's device cannot compute.</summary>
    /// <exception cref="TrainingException">Names precision, device and what the engine lacks.</exception>
    public static void Require(TrainingConfig config)
    {
        if (TypeOf(config.Precision) is not { } type)
        {
            return;
        }

        try
        {
            Try(type, config.Device);
        }
        catch (Exception error) when (error is ExternalException or NotSupportedException)
        {
            throw new TrainingException(
                $"precision: {config.Device.type} does not compute {config.Precision.ToString().ToLowerInvariant()} here ({error.Message.Split('\n')[0]}): take {(config.Precision == TrainingPrecision.Float16 ? "bfloat16 or " : "")}single", error);
        }
    }

    private static void Try(ScalarType type, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable precision = ProductPrecision.Use(type);
        RandomWeights weights = new(1, device, trainable: true);
        using Linear linear = new(weights, 4, 4);
        using Conv2d convolution = new(weights, 4, 4, 3, 1, 1);
        Tensor x = ones([1, 4, 4, 4], ScalarType.Float32, device);
        Tensor map = linear.forward(convolution.forward(x));
        ScaledDotProductAttention.Compute(map, map, map, null, 0.5).sum().backward();
    }
}
