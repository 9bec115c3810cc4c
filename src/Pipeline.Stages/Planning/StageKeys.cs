using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Models;
using Pipeline.Stages.Captioning;
using Pipeline.Stages.Core;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Inversion;
using Pipeline.Stages.Prompting;
using Pipeline.Stages.Scoring;

namespace Pipeline.Stages.Planning;

/// <summary>Names the work of stages that run elsewhere, from how their workers say that they run them. No model is read.</summary>
public sealed class StageKeys
{
    private readonly Dictionary<string, StageKey> stages = new(StringComparer.Ordinal);

    private StageKeys()
    {
    }

    /// <summary>The keys of stages in this process.</summary>
    public static StageKeys Of(IEnumerable<StageRunner> runners)
    {
        var keys = new StageKeys();
        foreach (StageRunner runner in runners)
        {
            keys.stages[runner.Stage.Name] = new StageKey(runner.Stage.Scope, runner.Stage.Implementation, runner.Stage.Models, runner.KeyOf);
        }

        return keys;
    }

    /// <summary>The keys of stages by their profiles; a profile of another version of a stage is passed over, because what it reads is not known here.</summary>
    /// <exception cref="JsonException">A profile cannot be read.</exception>
    public static StageKeys Of(IReadOnlyDictionary<string, StageProfile> profiles, EditMethods methods)
    {
        var keys = new StageKeys();
        foreach ((string stage, StageProfile profile) in profiles)
        {
            if (KeyOf(stage, profile, methods) is { } key)
            {
                keys.stages[stage] = new StageKey(stage == StageNames.Invert ? UnitScope.Picture : UnitScope.Target, profile.Implementation, profile.Models, key);
            }
        }

        return keys;
    }

    /// <summary>How stages run here, for others.</summary>
    public static Dictionary<string, StageProfile> Profiles(IEnumerable<IStage> stages) => stages.ToDictionary(s => s.Name, s => new StageProfile
    {
        Implementation = s.Implementation, Models = s.Models, Options = s.KeyOptions is { } options ? JsonSerializer.SerializeToElement(options) : null,
    });

    /// <summary>Whether the work of a stage can be named.</summary>
    public bool Knows(string stage) => stages.ContainsKey(stage);

    /// <summary>What a stage's units are about.</summary>
    public UnitScope ScopeOf(string stage) => stages[stage].Scope;

    /// <summary>The work key of a unit; null when it reads outputs of a stage that are not known.</summary>
    /// <param name="stage">Stage.</param>
    /// <param name="unit">The unit, with the inputs that are known.</param>
    /// <param name="missing">Stages whose outputs are not.</param>
    public string? KeyOf(string stage, StageUnit unit, IReadOnlySet<string> missing)
    {
        StageKey known = stages[stage];
        UnitKey key = known.Of(unit);
        return key.Reads.Any(name => missing.Contains(name.Split('.')[0])) ? null : key.Inputs(stage, known.Implementation, known.Models, unit).Digest();
    }

    private static Func<StageUnit, UnitKey>? KeyOf(string stage, StageProfile profile, EditMethods methods)
    {
        JsonElement? options = profile.Options is { ValueKind: JsonValueKind.Object } given ? given : null;
        // Anew for each unit: units are looked at in parallel.
        JsonObject Options() => options is { } value ? JsonObject.Create(value)! : [];
        string? Digest(ComponentKind kind) =>
            options is { } all && all.TryGetProperty(OtherModels.Name(kind), out JsonElement digest) && digest.ValueKind == JsonValueKind.String ? digest.GetString() : null;
        return (stage, profile.Implementation) switch
        {
            (StageNames.Prompt, PromptStage.Version) => unit => PromptStage.KeyOf(unit, Options()),
            (StageNames.Invert, InvertStage.Version) => unit => InvertStage.KeyOf(unit, methods, Digest),
            (StageNames.Edit, EditStage.Version) => unit => EditStage.KeyOf(unit, methods, Digest),
            (StageNames.Caption, CaptionStage.Version) => _ => CaptionStage.KeyOf(Options()),
            (StageNames.Score, ScoreStage.Version) => ScoreStage.KeyOf,
            _ => null,
        };
    }

    private sealed record StageKey(UnitScope Scope, string Implementation, IReadOnlyDictionary<string, string> Models, Func<StageUnit, UnitKey> Of);
}
