using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Messaging;

namespace Pipeline.Coordinator.Intake;

/// <summary>Reads the envelope that the bus puts around messages, as far as it can be read and its content passes the check that receivers make.</summary>
internal static class BrokenMessageReader
{
    /// <summary>The work in a message, or null where there is none.</summary>
    public static StageWork? Work(byte[] body) => Read<StageWork>(body, "stage-work") is { } work && StageNames.All.Contains(work.Stage) && MessageCheck.Problem(work, work.Stage) is null ? work : null;

    /// <summary>The outcomes in a message, or null where there are none.</summary>
    public static StageResult? Result(byte[] body) => Read<StageResult>(body, "stage-result") is { } result && MessageCheck.Problem(result) is null ? result : null;

    private static T? Read<T>(byte[] body, string type)
        where T : class
    {
        try
        {
            using var envelope = JsonDocument.Parse(body);
            bool isType = envelope.RootElement.ValueKind == JsonValueKind.Object
                && envelope.RootElement.TryGetProperty("messageType", out JsonElement types) && types.ValueKind == JsonValueKind.Array
                && types.EnumerateArray().Any(t => t.ValueKind == JsonValueKind.String && t.GetString()!.StartsWith($"urn:message:moodpipe:{type}:", StringComparison.Ordinal));
            return isType && envelope.RootElement.TryGetProperty("message", out JsonElement message) ? message.Deserialize<T>(ContractJson.Options) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
