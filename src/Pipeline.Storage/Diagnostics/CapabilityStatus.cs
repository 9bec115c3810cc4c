using System.Text.Json.Serialization;

namespace Pipeline.Storage.Diagnostics;

/// <summary>Whether a store can do something.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CapabilityStatus>))]
public enum CapabilityStatus
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Jobs are correct without it, but lose something; the detail says what.</summary>
    [JsonStringEnumMemberName("degraded")]
    Degraded,

    /// <summary>Jobs must not be run on this store.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}
