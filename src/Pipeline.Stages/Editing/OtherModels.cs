using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models;

namespace Pipeline.Stages.Editing;

/// <summary>Models beside the diffusion model, by kind, as they stand in work keys.</summary>
internal static class OtherModels
{
    /// <summary>Those that a method reads with its parameters, and their digests.</summary>
    public static JsonObject Of(IEditMethodFactory method, JsonElement? parameters, Func<ComponentKind, string?>? digestOf) =>
        new(method.OtherModelsFor(parameters).Concat(method.SkipIfAlready(parameters) is null ? [] : [ComponentKind.Clip]).Distinct().Select(kind => KeyValuePair.Create(Name(kind), (JsonNode?)digestOf?.Invoke(kind))));

    /// <summary>Those that any method may read and that there are; null for none.</summary>
    public static JsonObject? Describe(EditMethods methods, Func<ComponentKind, string?>? digestOf)
    {
        var known = new JsonObject();
        foreach (ComponentKind kind in methods.Names.SelectMany(n => methods[n].OtherModels).Append(ComponentKind.Clip).Distinct())
        {
            if (digestOf?.Invoke(kind) is { } digest)
            {
                known[Name(kind)] = digest;
            }
        }

        return known.Count == 0 ? null : known;
    }

    /// <summary>Name of a kind in a key.</summary>
    public static string Name(ComponentKind kind) => kind.ToString().ToLowerInvariant();
}
