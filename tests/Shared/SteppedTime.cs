namespace Pipeline.Shared;

/// <summary>A clock that stands still until it is moved, for times of day and for durations.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + Elapsed;
}
