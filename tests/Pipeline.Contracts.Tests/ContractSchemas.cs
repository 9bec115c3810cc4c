using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Results;

namespace Pipeline.Contracts.Tests;

/// <summary>Derives the JSON Schema of every contract from its record, so that the published files cannot drift from the code.</summary>
internal static class ContractSchemas
{
    public static IReadOnlyDictionary<string, Type> Types { get; } = new SortedDictionary<string, Type>(StringComparer.Ordinal)
    {
        ["job-line"] = typeof(JobLine),
        ["stage-work"] = typeof(StageWork),
        ["stage-result"] = typeof(StageResult),
        ["job-control"] = typeof(JobControl),
        ["worker-beat"] = typeof(WorkerBeat),
        ["stage-manifest"] = typeof(StageManifest),
        ["work-settings"] = typeof(WorkSettings),
        ["result-record"] = typeof(ResultRecord),
        ["run-record"] = typeof(RunRecord),
    };

    public static string Generate(string name)
    {
        JsonNode schema = JsonSchemaExporter.GetJsonSchemaAsNode(ContractJson.Options, Types[name], new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        JsonObject root = schema.AsObject();
        if (name == "job-line")
        {
            Tighten(root);
        }

        var document = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"urn:moodpipe:schema:{name}:1",
            ["title"] = name,
        };
        foreach ((string key, JsonNode? value) in root.ToArray())
        {
            root.Remove(key);
            document[key] = value;
        }

        document["type"] = "object";
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = ContractJson.Options.Encoder }) + "\n";
    }

    // What the hand-written parser asks for beyond the types of the record.
    private static void Tighten(JsonObject root)
    {
        JsonObject properties = root["properties"]!.AsObject();
        properties.Remove("extra");
        root["additionalProperties"] = false;
        JsonNode request = properties["emotions"]!["items"]!.DeepClone();
        request.AsObject()["additionalProperties"] = false;
        properties["emotions"] = new JsonObject
        {
            ["type"] = "array",
            ["minItems"] = 1,
            ["items"] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string", ["minLength"] = 1 }, request) },
        };
        properties["id"]!["minLength"] = 1;
        properties["id"]!["maxLength"] = 200;
        properties["sha256"]!["pattern"] = "^[0-9a-fA-F]{64}$";
        properties["priority"]!["minimum"] = 0;
        properties["priority"]!["maximum"] = 9;
        properties["num_variants"]!["minimum"] = 1;
    }
}
