namespace Pipeline.Stages.Messaging;

/// <summary>A policy: settings that the broker applies to all queues whose name matches.</summary>
/// <param name="Name">Name of the policy.</param>
/// <param name="Pattern">Regular expression over names of queues.</param>
/// <param name="Definition">The settings: texts and whole numbers.</param>
public sealed record BrokerPolicy(string Name, string Pattern, IReadOnlyDictionary<string, object> Definition)
{
    /// <summary>Where several policies match, the highest wins.</summary>
    public int Priority { get; init; } = 10;
}
