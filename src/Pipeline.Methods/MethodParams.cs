using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipeline.Methods;

/// <summary>Reads the options of a method from a manifest's <c>params</c> object, and writes them back.</summary>
/// <typeparam name="TOptions">A record whose property names in camel case are the parameters.</typeparam>
/// <param name="method">Name of the method, for messages.</param>
/// <param name="presets">Presets by name, the default first.</param>
/// <param name="check">Throws where a value is out of range.</param>
public sealed class MethodParams<TOptions>(string method, IReadOnlyList<(string Name, TOptions Options)> presets, Action<TOptions> check)
    where TOptions : class
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        IgnoreReadOnlyProperties = true,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    /// <summary>The preset named by <c>preset</c> with the other members over it.</summary>
    /// <exception cref="EditException">An unknown member or preset, or a value of the wrong type or out of range.</exception>
    public TOptions Read(JsonElement? parameters)
    {
        JsonObject given = parameters switch
        {
            null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => [],
            { ValueKind: JsonValueKind.Object } e => JsonObject.Create(e)!,
            _ => throw EditException.Options("params must be a JSON object"),
        };
        try
        {
            JsonObject merged = Write(Preset((string?)given["preset"]));
            foreach ((string name, JsonNode? value) in given.Where(m => m.Key != "preset"))
            {
                merged[name] = value?.DeepClone();
            }

            TOptions options = merged.Deserialize<TOptions>(Json)!;
            check(options);
            return options;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw EditException.Options($"{method} params: {e.Message}");
        }
    }

    /// <summary>The options as an object that <see cref="Read"/> reads back.</summary>
#pragma warning disable CA1822 // Beside Read, which needs the instance.
    public JsonObject Write(TOptions options) => JsonSerializer.SerializeToNode(options, Json)!.AsObject();
#pragma warning restore CA1822

    private TOptions Preset(string? wanted)
    {
        foreach ((string name, TOptions options) in presets)
        {
            if (wanted is null || wanted == name)
            {
                return options;
            }
        }

        throw EditException.Options($"unknown {method} preset '{wanted}': {string.Join(" and ", presets.Select(p => p.Name))} exist");
    }
}
