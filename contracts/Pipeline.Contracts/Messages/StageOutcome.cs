using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Messages;

/// <summary>How one stage ended for one item.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StageOutcome>))]
public enum StageOutcome
{
    /// <summary>Computed now.</summary>
    Done,

    /// <summary>Found in the store.</summary>
    Cached,

    /// <summary>Failed in a way that may succeed later.</summary>
    Transient,

    /// <summary>Failed for good because of the item.</summary>
    Poison,

    /// <summary>Killed its worker.</summary>
    Crash,

    /// <summary>Not done because the job was cancelled.</summary>
    Cancelled,
}
