using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipeline.Diffusion.Inversion;

/// <summary>An inversion by its options record: property names in camel case are the parameters.</summary>
/// <typeparam name="TOptions">The options, a record of JSON numbers, booleans, texts and enums.</typeparam>
/// <param name="name">Name.</param>
/// <param name="traits">What methods have to know.</param>
/// <param name="presets">Presets by name, the default first.</param>
/// <param name="problem">What is impossible about given options, or null.</param>
/// <param name="create">Makes the inversion.</param>
/// <param name="cost">Sample-forwards of computing over N steps; the path's N (nothing where no model runs) unless given.</param>
public sealed class InversionFactory<TOptions>(
    string name,
    InversionTraits traits,
    IReadOnlyList<(string Name, TOptions Options)> presets,
    Func<TOptions, string?> problem,
    Func<TOptions, InversionContext, IInversion> create,
    Func<TOptions, int, long>? cost = null) : IInversionFactory
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

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public InversionTraits Traits => traits;

    /// <inheritdoc />
    public IReadOnlyList<string> Presets => [.. presets.Select(p => p.Name)];

    /// <inheritdoc />
    public JsonObject Normalise(JsonElement? parameters) => JsonSerializer.SerializeToNode(Read(parameters), Json)!.AsObject();

    /// <inheritdoc />
    public long EstimateForwards(JsonElement? parameters, int steps) => cost?.Invoke(Read(parameters), steps) ?? (traits.SharedNoise ? 0 : steps);

    /// <inheritdoc />
    public IInversion Create(JsonElement? parameters, InversionContext context) => create(Read(parameters), context);

    /// <summary>The options that parameters describe.</summary>
    /// <exception cref="DiffusionException">A parameter or the preset is unknown or impossible.</exception>
    public TOptions Read(JsonElement? parameters)
    {
        JsonObject given = parameters switch
        {
            null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => [],
            { ValueKind: JsonValueKind.Object } e => JsonObject.Create(e)!,
            _ => throw new DiffusionException($"the parameters of inversion '{name}' must be a JSON object"),
        };
        try
        {
            JsonObject merged = JsonSerializer.SerializeToNode(Preset((string?)given["preset"]), Json)!.AsObject();
            foreach ((string member, JsonNode? value) in given.Where(m => m.Key != "preset"))
            {
                merged[member] = value?.DeepClone();
            }

            TOptions options = merged.Deserialize<TOptions>(Json)!;
            return problem(options) is { } text ? throw new DiffusionException($"inversion '{name}': {text}") : options;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DiffusionException($"parameters of inversion '{name}': {e.Message}");
        }
    }

    private TOptions Preset(string? wanted)
    {
        (string Name, TOptions Options)[] found = [.. presets.Where(p => wanted is null || p.Name == wanted)];
        return found.Length > 0
            ? found[0].Options
            : throw new DiffusionException($"inversion '{name}' has no preset '{wanted}': {string.Join(", ", Presets)} exist");
    }
}
