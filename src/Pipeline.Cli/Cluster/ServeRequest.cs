using Pipeline.Coordinator.Admission;
using Pipeline.Hosting.Connections;

namespace Pipeline.Cli.Cluster;

/// <summary>What the user asked <c>moodpipe serve</c> to do, checked.</summary>
/// <param name="Settings">Connections.</param>
internal sealed record ServeRequest(SettingsSource Settings)
{
    /// <summary>Where data sets go.</summary>
    public required string Output { get; init; }

    /// <summary>Where the API listens.</summary>
    public required Uri Http { get; init; }

    /// <summary>File of the API's token; null for none.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Folders that may be listed and read; null for all.</summary>
    public IReadOnlyList<string>? SourceRoots { get; init; }

    /// <summary>Price of an hour of computation.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>How long an item may go without a sign of life.</summary>
    public TimeSpan ItemLease { get; init; }

    /// <summary>How long leadership holds.</summary>
    public TimeSpan LeaderLease { get; init; }

    /// <summary>Size of the credit window.</summary>
    public required CreditWindow Window { get; init; }

    /// <summary>Waits before further tries; null for the usual ones.</summary>
    public IReadOnlyList<TimeSpan>? RetryDelays { get; init; }

    /// <summary>Whether the broker's queues and policies are declared first.</summary>
    public bool DeployTopology { get; init; }
}
