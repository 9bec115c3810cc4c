using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Messages;

/// <summary>Which of a stage's two queues a job uses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkClass>))]
public enum WorkClass
{
    /// <summary>Large jobs.</summary>
    Bulk,

    /// <summary>Small, urgent jobs, served first.</summary>
    Express,
}
