using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Messaging;

/// <summary>
/// What must be on the broker: durable quorum queues, each with a fan-out exchange of its name, the exchange of orders to the workers, and policies. Only the type is an argument of a queue,
/// because arguments cannot be changed; everything else is policy.
/// </summary>
public sealed class TopologyPlan(TopologyOptions options)
{
    /// <summary>Name of the policy of work queues.</summary>
    public const string WorkPolicy = "moodpipe-work";

    /// <summary>Queues that take work.</summary>
    public static IReadOnlyList<string> WorkQueues { get; } = [.. StageNames.All.SelectMany(stage => new[] { WorkClass.Express, WorkClass.Bulk }.Select(c => QueueNames.Work(stage, c)))];

    /// <summary>All queues; each is bound to the exchange of its name.</summary>
    public static IReadOnlyList<string> Queues { get; } = [.. WorkQueues, QueueNames.Results, QueueNames.Dead, QueueNames.Beats];

    /// <summary>All exchanges, durable and fan-out.</summary>
    public static IReadOnlyList<string> Exchanges { get; } = [.. Queues, QueueNames.Control];

    /// <summary>Arguments of every queue.</summary>
    public static IReadOnlyDictionary<string, object?> Arguments { get; } = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };

    /// <summary>The policies.</summary>
    public IReadOnlyList<BrokerPolicy> Policies { get; } =
    [
        // at-least-once dead-lettering needs reject-publish; a limit without a target would drop messages.
        new(WorkPolicy, $@"^moodpipe\.({string.Join('|', StageNames.All)})\.(express|bulk)$", new Dictionary<string, object>
        {
            ["delivery-limit"] = options.DeliveryLimit,
            ["dead-letter-exchange"] = QueueNames.Dead,
            ["dead-letter-strategy"] = "at-least-once",
            ["overflow"] = "reject-publish",
            ["max-length"] = options.MaxLength,
        }),
        // Signs of life are worth nothing when they are old.
        new("moodpipe-beats", @"^moodpipe\.beats$", new Dictionary<string, object>
        {
            ["message-ttl"] = (int)options.BeatLife.TotalMilliseconds,
            ["max-length"] = 10_000,
            ["overflow"] = "drop-head",
        }),
    ];
}
