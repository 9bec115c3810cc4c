using Pipeline.Contracts.Jobs;

namespace Pipeline.Cli.Cluster;

/// <summary>The pictures and defaults of a job that is handed to a coordinator.</summary>
/// <param name="Open">Opens the manifest; may be called again. Null when the coordinator lists the pictures itself.</param>
/// <param name="SourceBase">Where relative addresses in it start.</param>
/// <param name="Defaults">What holds for lines that do not say otherwise.</param>
/// <param name="Limit">Only the first so many lines.</param>
internal sealed record JobInput(Func<Stream>? Open, string? SourceBase, JobDefaults Defaults, int? Limit)
{
    /// <summary>What the coordinator lists.</summary>
    public string? Source { get; init; }

    /// <summary>Wanted of every picture that it lists, as written.</summary>
    public string? Emotions { get; init; }
}
