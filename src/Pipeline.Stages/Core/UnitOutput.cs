using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;

namespace Pipeline.Stages.Core;

/// <summary>What a unit leaves behind.</summary>
public sealed record UnitOutput
{
    /// <summary>Stored outputs by name; the next stages see them as <c>stage.name</c>.</summary>
    public required IReadOnlyDictionary<string, BlobRef> Outputs { get; init; }

    /// <summary>Small results for the data set's metadata: the same for every run of the same work.</summary>
    public JsonObject? Facts { get; init; }

    /// <summary>Notes for the reader.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>UNet forward passes per sample.</summary>
    public long? UnetForwards { get; init; }
}
