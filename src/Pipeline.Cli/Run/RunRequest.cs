using System.Text.Json.Nodes;
using Pipeline.Contracts.Jobs;

namespace Pipeline.Cli.Run;

/// <summary>What the user asked <c>moodpipe run</c> to do, checked.</summary>
internal sealed record RunRequest
{
    /// <summary>Pictures and folders named on the command line; empty when a manifest is given.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];

    /// <summary>Job manifest (JSON lines), or null.</summary>
    public string? Manifest { get; init; }

    /// <summary>Emotions for the pictures of the command line.</summary>
    public IReadOnlyList<EmotionRequest> Emotions { get; init; } = [];

    /// <summary>Model directory.</summary>
    public required string Models { get; init; }

    /// <summary>Folder of the results.</summary>
    public required string Output { get; init; }

    /// <summary>Editing method.</summary>
    public required string Method { get; init; }

    /// <summary>Parameters of the method for all lines.</summary>
    public JsonObject Params { get; init; } = [];

    /// <summary>Seed of lines without one.</summary>
    public long Seed { get; init; }

    /// <summary>Variants of each emotion.</summary>
    public int Variants { get; init; } = 1;

    /// <summary>File format of the results: png, webp, jpeg.</summary>
    public string Format { get; init; } = "png";

    /// <summary>Only the first so many pictures; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether failed items of an earlier run are tried again.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>Threads of the tensor engine.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>A sentence for the reader of the report; empty for none.</summary>
    public string Remark { get; init; } = "";

    /// <summary>Only say what would be done.</summary>
    public bool DryRun { get; init; }

    /// <summary>Events as JSON lines.</summary>
    public bool Json { get; init; }

    /// <summary>Only problems.</summary>
    public bool Quiet { get; init; }
}
