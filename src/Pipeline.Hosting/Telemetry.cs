using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Pipeline.Hosting;

/// <summary>
/// Traces and metrics of one process over OTLP. Active only where a collector is named by the standard variables
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, or its <c>_TRACES_</c> / <c>_METRICS_</c> forms); without one nothing is collected and nothing is lost.
/// </summary>
public sealed class Telemetry : IDisposable
{
    private static readonly string[] Sources = ["Moodpipe.*", "MassTransit"];
    private readonly IDisposable?[] _providers;

    private Telemetry(params IDisposable?[] providers) => _providers = providers;

    /// <summary>Whether a collector is configured.</summary>
    public bool IsActive => Array.Exists(_providers, provider => provider is not null);

    /// <summary>Starts the exporters that the environment asks for.</summary>
    /// <param name="serviceName">Role of the process, e.g. <c>moodpipe-run</c>.</param>
    /// <param name="sampleRatio">Share of items whose trace is kept, 0..1 (default 1). A trace is one item across all stages.</param>
    public static Telemetry Start(string serviceName, double sampleRatio = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRatio, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sampleRatio, 1);
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddService(serviceName, "moodpipe");
        TracerProvider? traces = IsConfigured("TRACES")
            ? Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources)
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(sampleRatio)))
                .AddOtlpExporter().Build()
            : null;
        MeterProvider? metrics = IsConfigured("METRICS")
            ? Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Sources).AddOtlpExporter().Build()
            : null;
        return new Telemetry(traces, metrics);
    }

    /// <summary>Sends what is still buffered and stops.</summary>
    public void Dispose()
    {
        foreach (IDisposable? provider in _providers)
        {
            provider?.Dispose();
        }
    }

    private static bool IsConfigured(string signal) =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"))
        || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"));
}
