using System.Text.Json.Nodes;

namespace Pipeline.Stages.Core;

/// <summary>What the plumbing needs to know of a stage.</summary>
public interface IStage
{
    /// <summary>Name, one of <see cref="Contracts.Topology.StageNames"/>.</summary>
    string Name { get; }

    /// <summary>Version of the algorithm; raised when outputs change, so that older results are no longer found.</summary>
    string Implementation { get; }

    /// <summary>What one unit is about.</summary>
    UnitScope Scope { get; }

    /// <summary>Digests of the models by role; part of every work key. Known without loading the models.</summary>
    IReadOnlyDictionary<string, string> Models { get; }

    /// <summary>What its keys depend on beside unit, version and <see cref="Models"/>; null for nothing. Others compute the stage's keys from it.</summary>
    JsonObject? KeyOptions => null;

    /// <summary>Most units computed together.</summary>
    int MaxBatch => 1;

    /// <summary>How long a batch waits to fill.</summary>
    TimeSpan BatchWait => TimeSpan.FromMilliseconds(100);
}
