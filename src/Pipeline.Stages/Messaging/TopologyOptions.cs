namespace Pipeline.Stages.Messaging;

/// <summary>Limits of the queues. They live in policies, so that a deployment changes them on running queues.</summary>
public sealed record TopologyOptions
{
    /// <summary>Returns of a message to its queue before it is called a suspect and goes to <c>moodpipe.dead</c>; default 4. Returns of innocents, whose worker died of another item, count as well.</summary>
    public int DeliveryLimit { get; init; } = 4;

    /// <summary>Most messages in a work queue; default 200,000, four times the largest window. A fuse: the coordinator's window is what holds the flow.</summary>
    public int MaxLength { get; init; } = 200_000;

    /// <summary>How long a sign of life waits for a coordinator; default 1 minute.</summary>
    public TimeSpan BeatLife { get; init; } = TimeSpan.FromMinutes(1);
}
