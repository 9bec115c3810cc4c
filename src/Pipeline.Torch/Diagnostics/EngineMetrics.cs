using System.Diagnostics.Metrics;
using TorchSharp.Native;

namespace TorchSharp.Diagnostics;

/// <summary>The meter <c>Moodpipe.Torch</c>: what the engine holds.</summary>
internal static class EngineMetrics
{
    public const string MeterName = "Moodpipe.Torch";

    private static readonly Meter s_meter = new(MeterName);

    /// <summary>Registers the instruments; called once, when the native engine starts.</summary>
    public static void Publish()
    {
        _ = s_meter.CreateObservableUpDownCounter("moodpipe.torch.tensors", () => torch.Tensor.TotalCount, "{tensor}", "Tensors that own native memory.");
        _ = s_meter.CreateObservableUpDownCounter("moodpipe.torch.tensors.peak", () => torch.Tensor.PeakCount, "{tensor}", "Largest number of live tensors so far.");
        _ = s_meter.CreateObservableUpDownCounter("moodpipe.torch.memory", () => NativeEngine.LiveBytes, "By", "CPU memory of all tensors, gradients and saved activations.");
    }
}
