using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Contracts.Json;

namespace Pipeline.FakeWorker;

/// <summary>
/// How another release writes messages, learnt from one whole message of each kind: fields that the sample lacks are not written, and fields that only the sample has are written as they
/// stand there.
/// </summary>
internal sealed class ReleaseLayout(string folder)
{
    /// <summary>A message of today in that release's layout.</summary>
    public JsonNode Write<T>(T message)
    {
        JsonNode sample = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, $"{KindOf<T>()}.json")))!;
        return Shape(JsonSerializer.SerializeToNode(message, ContractJson.Options)!, sample, typeof(T));
    }

    /// <summary>Name of a kind of messages, as it stands in its address: <c>stage-work</c>.</summary>
    public static string KindOf<T>() => MassTransit.MessageUrn.ForTypeString<T>().Split(':')[^2];

    private static JsonNode Shape(JsonNode value, JsonNode sample, Type type)
    {
        JsonTypeInfo info = ContractJson.Options.GetTypeInfo(type);
        return (info.Kind, value, sample) switch
        {
            (JsonTypeInfoKind.Object, JsonObject fields, JsonObject known) => Object(fields, known, info),
            (JsonTypeInfoKind.Enumerable, JsonArray items, JsonArray { Count: > 0 } samples) => new JsonArray([.. items.Select(i => Shape(i!, samples[0]!, info.ElementType!))]),
            (JsonTypeInfoKind.Dictionary, JsonObject entries, JsonObject { Count: > 0 } samples) =>
                new JsonObject(entries.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)Shape(e.Value!, samples.First().Value!, info.ElementType!)))),
            _ => value.DeepClone(),
        };
    }

    private static JsonObject Object(JsonObject fields, JsonObject known, JsonTypeInfo info)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode? example) in known)
        {
            JsonPropertyInfo? today = info.Properties.FirstOrDefault(p => p.Name == name);
            if (today is null || name == "schemaVersion")
            {
                result[name] = example?.DeepClone();
            }
            else if (fields[name] is { } value)
            {
                result[name] = example is null ? value.DeepClone() : Shape(value, example, today.PropertyType);
            }
        }

        return result;
    }
}
