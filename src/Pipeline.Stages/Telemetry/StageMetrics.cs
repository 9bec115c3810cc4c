using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Pipeline.Stages.Telemetry;

/// <summary>Names of the stages' traces and metrics, in one place.</summary>
public static class StageMetrics
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Moodpipe.Stages";

    /// <summary>Spans of stages.</summary>
    public static ActivitySource Traces { get; } = new(Name);

    /// <summary>The meter.</summary>
    public static Meter Meter { get; } = new(Name);

    /// <summary>Wait of a message in its queue.</summary>
    public static Histogram<double> QueueSeconds { get; } = Meter.CreateHistogram<double>("moodpipe.stage.queue", "s", "wait of a message in its queue");

    /// <summary>Computation of a batch.</summary>
    public static Histogram<double> ComputeSeconds { get; } = Meter.CreateHistogram<double>("moodpipe.stage.compute", "s", "computation of a batch");

    /// <summary>Units in a computed batch.</summary>
    public static Histogram<int> BatchSize { get; } = Meter.CreateHistogram<int>("moodpipe.stage.batch", "{unit}", "units in a computed batch");

    /// <summary>Outcomes of items.</summary>
    public static Counter<long> Items { get; } = Meter.CreateCounter<long>("moodpipe.stage.items", "{item}", "outcomes of items by stage and outcome");

    /// <summary>Units found in the store.</summary>
    public static Counter<long> CacheHits { get; } = Meter.CreateCounter<long>("moodpipe.stage.cache_hits", "{unit}", "units found in the store");

    /// <summary>Retries inside a worker.</summary>
    public static Counter<long> Retries { get; } = Meter.CreateCounter<long>("moodpipe.stage.retries", "{retry}", "retries inside a worker");

    /// <summary>UNet forward passes per sample.</summary>
    public static Counter<long> UnetForwards { get; } = Meter.CreateCounter<long>("moodpipe.unet.forwards", "{forward}", "UNet forward passes per sample");

    /// <summary>Bytes of artefacts read and written.</summary>
    public static Counter<long> Bytes { get; } = Meter.CreateCounter<long>("moodpipe.stage.bytes", "By", "bytes of artefacts by direction");

    /// <summary>The stage as a tag.</summary>
    public static KeyValuePair<string, object?> Tag(string stage) => new("stage", stage);
}
