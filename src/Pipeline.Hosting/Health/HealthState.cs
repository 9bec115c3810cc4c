namespace Pipeline.Hosting.Health;

/// <summary>How a process is, as its probes see it. Written by the process, read by <see cref="HealthServer"/>.</summary>
public sealed class HealthState
{
    /// <summary>Whether the start is over: models are loaded and warm.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Why the process takes no work, or null when it does.</summary>
    public Func<string?> Readiness { get; set; } = () => "the process starts";

    /// <summary>Why the process must be started again, or null. Never because of a broker or a store: a restart does not heal those, and costs the loaded models.</summary>
    public Func<string?> Alive { get; set; } = () => null;
}
