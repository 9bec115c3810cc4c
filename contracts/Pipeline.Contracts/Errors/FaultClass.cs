using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Errors;

/// <summary>What a failure means for the item, the worker and the job.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultClass>))]
public enum FaultClass
{
    /// <summary>A fault of the world (store, broker, network): the same work succeeds later.</summary>
    Transient,

    /// <summary>The device ran out of memory: a smaller batch may succeed.</summary>
    Memory,

    /// <summary>The input can never succeed: it is set aside at once with its reason.</summary>
    Poison,

    /// <summary>The worker cannot do any work (model missing, disk full): it stops taking work, no item pays for it.</summary>
    Environment,

    /// <summary>The worker process died on this item.</summary>
    Crash,

    /// <summary>A defect of the program: handled as poison, and counted, because many items will show it.</summary>
    Logic,
}
