using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Results;

/// <summary>How an edit ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ResultStatus>))]
public enum ResultStatus
{
    /// <summary>The edited picture exists.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>The item failed; see the error.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Not done, because the job was cancelled or a rule skips it.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,
}
