using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Http.Views;

namespace Pipeline.Coordinator.Http;

/// <summary>Describes the API as an OpenAPI 3.1 document.</summary>
internal static partial class OpenApiDocument
{
    private const string ProblemType = "application/problem+json";

    public static JsonObject Create(IReadOnlyList<ApiRoute> routes, string version)
    {
        var schemas = new JsonObject();
        var paths = new JsonObject();
        foreach (IGrouping<string, ApiRoute> path in routes.GroupBy(r => r.Path))
        {
            var operations = new JsonObject();
            foreach (ApiRoute route in path)
            {
                operations[route.Method.ToLowerInvariant()] = Operation(route, schemas);
            }

            paths[path.Key] = operations;
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Moodpipe coordinator", ["version"] = version },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
            },
        };
    }

    private static JsonObject Operation(ApiRoute route, JsonObject schemas)
    {
        var operation = new JsonObject { ["operationId"] = route.Name, ["summary"] = route.Summary };
        JsonNode?[] parameters =
        [
            .. InPath().Matches(route.Path).Select(m => Parameter(m.Groups[1].Value, "path", "string", "", required: true)),
            .. route.Query.Select(q => Parameter(q.Name, "query", q.Type, q.Text, required: false)),
        ];
        if (parameters.Length > 0)
        {
            operation["parameters"] = new JsonArray(parameters);
        }

        if (route.TakesManifest)
        {
            operation["requestBody"] = Content("application/x-ndjson", new JsonObject { ["type"] = "string", ["description"] = "Job manifest, JSON lines" }, "required");
        }
        else if (route.Body is { } body)
        {
            operation["requestBody"] = Content("application/json", Reference(body, schemas), "required");
        }

        var responses = new JsonObject { [$"{route.Status}"] = Response(route, schemas) };
        foreach (int problem in route.Problems)
        {
            JsonObject answer = Content(ProblemType, Reference(typeof(ProblemView), schemas));
            answer["description"] = Reasons.Of(problem);
            responses[$"{problem}"] = answer;
        }

        operation["responses"] = responses;
        operation["security"] = route.IsOpen ? new JsonArray() : new JsonArray(new JsonObject { ["token"] = new JsonArray() });
        return operation;
    }

    private static JsonObject Response(ApiRoute route, JsonObject schemas)
    {
        JsonObject answer = route.Answer is { } type ? Content(route.AnswerType, Reference(type, schemas))
            : Content(route.AnswerType, new JsonObject { ["type"] = route.AnswerType.StartsWith("text/", StringComparison.Ordinal) ? "string" : "object" });
        answer["description"] = Reasons.Of(route.Status);
        return answer;
    }

    private static JsonObject Content(string mediaType, JsonNode schema, string? required = null)
    {
        var content = new JsonObject { ["content"] = new JsonObject { [mediaType] = new JsonObject { ["schema"] = schema } } };
        if (required is not null)
        {
            content[required] = true;
        }

        return content;
    }

    private static JsonObject Parameter(string name, string place, string type, string text, bool required) => new()
    {
        ["name"] = name, ["in"] = place, ["required"] = required, ["description"] = text, ["schema"] = new JsonObject { ["type"] = type },
    };

    private static JsonObject Reference(Type type, JsonObject schemas)
    {
        string name = type.IsGenericType ? $"{type.Name.Split('`')[0]}Of{type.GetGenericArguments()[0].Name}" : type.IsArray ? $"{type.GetElementType()!.Name}s" : type.Name;
        name = name.Replace("View", "", StringComparison.Ordinal);
        if (!schemas.ContainsKey(name))
        {
            schemas[name] = ContractJson.Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex InPath();
}
