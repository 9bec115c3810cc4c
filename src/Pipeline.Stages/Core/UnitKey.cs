using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Work;

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

    /// <summary>Everything that decides the unit's outputs.</summary>
    /// <param name="stage">Stage.</param>
    /// <param name="implementation">Version of its algorithm.</param>
    /// <param name="models">Digests of its models by role.</param>
    /// <param name="unit">The unit.</param>
    public WorkKeyInputs Inputs(string stage, string implementation, IReadOnlyDictionary<string, string> models, StageUnit unit) => new()
    {
        Stage = stage,
        Implementation = implementation,
        Inputs = Reads.Where(unit.Inputs.ContainsKey).ToDictionary(name => name, name => unit.Inputs[name].Sha256),
        Params = JsonSerializer.SerializeToElement(Params, ContractJson.Options),
        Models = models,
        Seed = Seed,
    };
}
