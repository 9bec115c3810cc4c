using System.Diagnostics.Metrics;

namespace Pipeline.Coordinator;

/// <summary>Meters of the coordinator; names in one place.</summary>
internal static class CoordinatorMetrics
{
    private static readonly Meter Meter = new("Moodpipe.Coordinator");

    /// <summary>Outcomes by whether they counted.</summary>
    public static Counter<long> Results { get; } = Meter.CreateCounter<long>("moodpipe.coordinator.results", "{outcome}", "Outcomes that came, by whether they changed anything");

    /// <summary>Items given out.</summary>
    public static Counter<long> Dispatched { get; } = Meter.CreateCounter<long>("moodpipe.coordinator.dispatched", "{item}", "Items given out");

    /// <summary>Items taken back because their lease ran out.</summary>
    public static Counter<long> Expired { get; } = Meter.CreateCounter<long>("moodpipe.coordinator.expired", "{item}", "Items whose lease ran out");
}
