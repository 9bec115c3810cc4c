using System.Text.Json.Nodes;

namespace Pipeline.Stages.Core;

/// <summary>What a unit's result depends on, beside the stage, its version and its models.</summary>
public sealed record UnitKey
{
    /// <summary>Names of the inputs that are read. Inputs that are absent are left out of the key.</summary>
    public required IReadOnlyList<string> Reads { get; init; }

    /// <summary>The parameters that are read, and only those: another parameter must not invalidate the result.</summary>
    public required JsonObject Params { get; init; }

    /// <summary>Seed, where noise is drawn.</summary>
    public long? Seed { get; init; }
}
