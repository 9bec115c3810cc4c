using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Json;

namespace Pipeline.Contracts.Jobs;

/// <summary>What holds for manifest lines that do not say otherwise.</summary>
public sealed record JobDefaults
{
    /// <summary>Editing method; default <c>moodifier</c>.</summary>
    public string Method { get; init; } = "moodifier";

    /// <summary>Inversion; null for the method's own.</summary>
    public string? Inversion { get; init; }

    /// <summary>Seed; default 1234.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>Variants of each emotion; default 1.</summary>
    public int Variants { get; init; } = 1;

    /// <summary>Intensity of emotions that are given by name; default 1.</summary>
    public double Intensity { get; init; } = 1;

    /// <summary>Domain hint.</summary>
    public string? Domain { get; init; }

    /// <summary>Parameters of the method; a line's parameters take their place name by name.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>Metrics; null for the default set.</summary>
    public IReadOnlyList<string>? Evaluate { get; init; }

    /// <summary>Format of edited pictures; default <c>png</c>.</summary>
    public string Format { get; init; } = "png";

    /// <summary>By-products to keep.</summary>
    public IReadOnlyList<string>? Keep { get; init; }

    /// <summary>The settings of a line.</summary>
    public WorkSettings SettingsOf(JobLine line) => new()
    {
        Method = line.Method ?? Method,
        Inversion = line.Inversion ?? Inversion,
        Prompt = line.Prompt,
        SourcePrompt = line.SourcePrompt,
        Stimuli = line.Stimuli,
        Domain = line.Domain ?? Domain,
        Params = Merge(Params, line.Params),
        Evaluate = line.Evaluate ?? Evaluate,
        Format = line.Outputs?.Format ?? Format,
        Keep = line.Outputs?.Keep ?? Keep,
    };

    private static JsonElement? Merge(JsonElement? defaults, JsonElement? own)
    {
        if (defaults is not { ValueKind: JsonValueKind.Object } || own is not { ValueKind: JsonValueKind.Object })
        {
            return own ?? defaults;
        }

        var merged = new JsonObject();
        foreach (JsonProperty member in defaults.Value.EnumerateObject().Concat(own.Value.EnumerateObject()))
        {
            merged[member.Name] = JsonNode.Parse(member.Value.GetRawText());
        }

        return ContractJson.ToElement(merged);
    }
}
