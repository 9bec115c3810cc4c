using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Emotions;
using Pipeline.Stages.Core;
using Pipeline.Stages.Pictures;
using Pipeline.Storage;

namespace Pipeline.Stages.Prompting;

/// <summary>The MLLM step: what the picture shows, how it should become, and where it may change.</summary>
public sealed class PromptStage(PromptWork work, PromptStageOptions options, IReadOnlyDictionary<string, string> models, StoredPictures pictures) : IStage<PromptInput, PromptResult>
{
    /// <summary>Name of the output: a <see cref="PromptRecord"/> as JSON.</summary>
    public const string Prompts = "prompts";

    /// <summary>Name of the output: the stimulus map, an 8-bit grey PNG; absent where no region was located.</summary>
    public const string Map = "map";

    /// <summary>Name of the output: P_src alone, plain text; the same blob for all edits of a picture that agree on it.</summary>
    public const string Source = "source";

    /// <summary>How later stages call <see cref="Source"/>.</summary>
    public const string SourceInput = $"{StageNames.Prompt}.{Source}";

    /// <summary>How later stages call <see cref="Prompts"/>.</summary>
    public const string PromptsInput = $"{StageNames.Prompt}.{Prompts}";

    /// <summary>How later stages call <see cref="Map"/>.</summary>
    public const string MapInput = $"{StageNames.Prompt}.{Map}";

    /// <summary>Version of the algorithm.</summary>
    internal const string Version = "2";

    /// <inheritdoc />
    public string Name => StageNames.Prompt;

    /// <inheritdoc />
    public string Implementation => Version;

    /// <inheritdoc />
    public UnitScope Scope => UnitScope.Target;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Models => models;

    /// <inheritdoc />
    public int MaxBatch => options.MaxBatch;

    /// <inheritdoc />
    public JsonObject KeyOptions => options.AskingKey.DeepClone().AsObject();

    /// <inheritdoc />
    public UnitKey Key(StageUnit unit) => KeyOf(unit, options.AskingKey);

    /// <summary>The key of a unit, asked so.</summary>
    internal static UnitKey KeyOf(StageUnit unit, JsonObject asking)
    {
        WorkSettings settings = unit.Settings;
        return new UnitKey
        {
            Reads = ["source", "mask"],
            Params = new JsonObject
            {
                ["emotion"] = Wanted(unit).Noun, ["prompt"] = settings.Prompt, ["sourcePrompt"] = settings.SourcePrompt,
                ["domain"] = settings.Domain, ["stimuli"] = settings.Stimuli is { } stimuli ? JsonNode.Parse(stimuli.GetRawText()) : null, ["asking"] = asking.DeepClone(),
            },
            Seed = IsSampled(asking) ? unit.Target!.Seed : null,
        };
    }

    /// <inheritdoc />
    public async Task<PromptInput> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
    {
        RgbImage picture = await pictures.ReadAsync(store, unit.Input("source"), cancellation).ConfigureAwait(false);
        MaskImage? mask = unit.Inputs.TryGetValue("mask", out BlobRef? blob) ? await pictures.ReadMaskAsync(store, blob, cancellation).ConfigureAwait(false) : null;
        WorkSettings settings = unit.Settings;
        var given = new GivenPrompts(settings.Domain, settings.SourcePrompt, settings.Prompt, settings.Stimuli?.GetRawText(), blob?.Sha256, mask);
        return new PromptInput(picture, unit.SourceSha256, Wanted(unit), given, IsSampled(options.AskingKey) ? unchecked((ulong)unit.Target!.Seed) : 0);
    }

    /// <inheritdoc />
    public IReadOnlyList<UnitOutcome<PromptResult>> Compute(IReadOnlyList<PromptInput> batch, CancellationToken cancellation) => work.Run(batch, cancellation);

    /// <inheritdoc />
    public async Task<UnitOutput> StoreAsync(StageUnit unit, PromptResult value, IArtefactStore store, CancellationToken cancellation)
    {
        PromptRecord record = value.Record;
        var outputs = new Dictionary<string, BlobRef>
        {
            [Prompts] = await store.PutBlobAsync(CanonicalJson.Serialize(record), "application/json", cancellation).ConfigureAwait(false),
            [Source] = await store.PutBlobAsync(Encoding.UTF8.GetBytes(record.Source), "text/plain", cancellation).ConfigureAwait(false),
        };
        if (value.Map is { } map)
        {
            outputs[Map] = await store.PutBlobAsync(map.EncodePng(), "image/png", cancellation).ConfigureAwait(false);
        }

        var facts = new PromptFacts
        {
            Source = record.Source, Target = record.Target, Stimuli = record.Stimuli, ParseStatus = record.ParseStatus, MaskSource = record.MaskSource, MaskArea = record.MaskArea,
        };
        return new UnitOutput { Outputs = outputs, Facts = JsonSerializer.SerializeToNode(facts, ContractJson.Options)!.AsObject(), Warnings = record.MaskNotes.Count == 0 ? null : record.MaskNotes };
    }

    // A sampled answer (temperature above 0) depends on the edit's seed.
    private static bool IsSampled(JsonObject asking) => (double?)asking["ask"]?["temperature"] > 0;

    // No emotion is an answer only where nothing has to be asked about it.
    private static Emotion Wanted(StageUnit unit) =>
        !EmotionTaxonomy.IsNone(unit.Target!.Emotion) ? EmotionTaxonomy.Resolve(unit.Target.Emotion).Emotion
        : unit.Settings is { Prompt: not null, SourcePrompt: not null } ? EmotionTaxonomy.None
        : throw new EmotionException("emotion 'none' needs both 'prompt' and 'source_prompt' in the manifest line");
}
