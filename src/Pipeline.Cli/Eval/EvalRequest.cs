using Pipeline.Evaluation.Comparison;
using Pipeline.Evaluation.Tables;

namespace Pipeline.Cli.Eval;

/// <summary>What the user asked <c>moodpipe eval</c> to do, checked.</summary>
internal sealed record EvalRequest
{
    /// <summary>Suite file or folder.</summary>
    public required string Suite { get; init; }

    /// <summary>Methods, in the order of tables.</summary>
    public required IReadOnlyList<MethodVariant> Methods { get; init; }

    /// <summary>Published table, or null.</summary>
    public TablePreset? Preset { get; init; }

    /// <summary>Model directory.</summary>
    public required string Models { get; init; }

    /// <summary>Folder of the results.</summary>
    public required string Output { get; init; }

    /// <summary>Folder of an earlier evaluation, or null.</summary>
    public string? Baseline { get; init; }

    /// <summary>Thresholds.</summary>
    public IReadOnlyList<QualityGate> Gates { get; init; } = [];

    /// <summary>Metrics beside the usual ones.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Only the first so many cases.</summary>
    public int? Limit { get; init; }

    /// <summary>Seed of noise and of the bootstrap.</summary>
    public long Seed { get; init; }

    /// <summary>Threads of the tensor engine.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Events as JSON lines.</summary>
    public bool Json { get; init; }

    /// <summary>Only problems.</summary>
    public bool Quiet { get; init; }
}
