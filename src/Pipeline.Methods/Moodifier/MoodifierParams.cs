using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pipeline.Diffusion;
using Pipeline.Diffusion.Inversion;

namespace Pipeline.Methods.Moodifier;

/// <summary>Reads options from a manifest's <c>params</c> object.</summary>
public static class MoodifierParams
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        IgnoreReadOnlyProperties = true,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    /// <summary>
    /// The preset named by <c>preset</c> (<c>paper</c>, the default, or <c>official</c>) with the other members over it; names are the option properties in camel case.
    /// </summary>
    /// <exception cref="EditException">An unknown member or preset, or a value of the wrong type or out of range.</exception>
    public static MoodifierOptions Read(JsonElement? parameters)
    {
        JsonObject given = parameters switch
        {
            null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => [],
            { ValueKind: JsonValueKind.Object } e => JsonObject.Create(e)!,
            _ => throw EditException.Options("params must be a JSON object"),
        };
        try
        {
            MoodifierOptions preset = Preset((string?)given["preset"]).For((string?)given["inversion"] ?? Inversions.Default);
            JsonObject merged = JsonSerializer.SerializeToNode(preset, Json)!.AsObject();
            foreach ((string name, JsonNode? value) in given)
            {
                if (name != "preset")
                {
                    merged[name] = value?.DeepClone();
                }
            }

            MoodifierOptions options = merged.Deserialize<MoodifierOptions>(Json)!;
            options.Check();
            return options.InversionParams is { } own ? options with { InversionParams = Inversions.Get(options.Inversion).Normalise(Element(own)) } : options;
        }
        catch (DiffusionException e)
        {
            throw EditException.Options(e.Message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw EditException.Options($"moodifier params: {e.Message}");
        }
    }

    /// <summary>The options as a JSON object that <see cref="Read"/> reads back, for results and recipes.</summary>
    public static JsonObject Write(MoodifierOptions options) => JsonSerializer.SerializeToNode(options, Json)!.AsObject();

    /// <summary>The node as an element; null for null.</summary>
    public static JsonElement? Element(JsonObject? node) => node is null ? null : JsonSerializer.SerializeToElement(node);

    private static MoodifierOptions Preset(string? name) => name switch
    {
        null or "paper" => MoodifierOptions.Paper,
        "official" => MoodifierOptions.Official,
        _ => throw EditException.Options($"unknown moodifier preset '{name}': paper and official exist"),
    };
}
