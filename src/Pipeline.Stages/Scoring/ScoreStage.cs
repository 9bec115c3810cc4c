using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Stages.Core;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Pictures;
using Pipeline.Stages.Prompting;
using Pipeline.Storage;

namespace Pipeline.Stages.Scoring;

/// <summary>Scores edits against their sources and their emotions.</summary>
public sealed class ScoreStage(ScoreWork work, IReadOnlyDictionary<string, string> models, StoredPictures pictures) : IStage<ScoreInput, IReadOnlyDictionary<string, MetricValue>>
{
    /// <summary>Version of the algorithm. 3: DINO's class tokens are compared too.</summary>
    internal const string Version = "3";

    private const long MaxPromptBytes = 16L << 20;
    private static readonly string ImageInput = $"{StageNames.Edit}.{EditStage.Image}";
    private static readonly string MaskInput = $"{StageNames.Edit}.{EditStage.Mask}";

    /// <inheritdoc />
    public string Name => StageNames.Score;

    /// <inheritdoc />
    public string Implementation => Version;

    /// <inheritdoc />
    public UnitScope Scope => UnitScope.Target;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Models => models;

    /// <inheritdoc />
    public int MaxBatch => 8;

    /// <inheritdoc />
    public UnitKey Key(StageUnit unit) => KeyOf(unit);

    /// <summary>The key of a unit.</summary>
    internal static UnitKey KeyOf(StageUnit unit) => new()
    {
        Reads = ["source", ImageInput, MaskInput, PromptStage.PromptsInput],
        Params = new JsonObject
        {
            ["emotion"] = unit.Target!.Emotion,
            ["evaluate"] = unit.Settings.Evaluate is { } names ? new JsonArray([.. names.Order(StringComparer.Ordinal).Select(n => (JsonNode?)n)]) : null,
        },
    };

    /// <inheritdoc />
    public async Task<ScoreInput> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
    {
        RgbImage source = await pictures.ReadAsync(store, unit.Input("source"), cancellation).ConfigureAwait(false);
        RgbImage edited = await pictures.ReadAsync(store, unit.Input(ImageInput), cancellation).ConfigureAwait(false);
        MaskImage mask = await pictures.ReadMaskAsync(store, unit.Input(MaskInput), cancellation).ConfigureAwait(false);
        PromptRecord prompts = ContractJson.Deserialize<PromptRecord>(await store.ReadBlobAsync(unit.Input(PromptStage.PromptsInput), MaxPromptBytes, cancellation).ConfigureAwait(false));
        return new ScoreInput(source, edited, mask, prompts.Source, prompts.Target, unit.Target!.Emotion, unit.Settings.Evaluate);
    }

    /// <inheritdoc />
    public IReadOnlyList<UnitOutcome<IReadOnlyDictionary<string, MetricValue>>> Compute(IReadOnlyList<ScoreInput> batch, CancellationToken cancellation) =>
        UnitOutcome.Each(batch, work.Run, cancellation);

    /// <inheritdoc />
    public Task<UnitOutput> StoreAsync(StageUnit unit, IReadOnlyDictionary<string, MetricValue> value, IArtefactStore store, CancellationToken cancellation)
    {
        var numbers = new SortedDictionary<string, double>(value.Where(m => m.Value.Value is not null).ToDictionary(m => m.Key, m => m.Value.Value!.Value), StringComparer.Ordinal);
        string[] missing = [.. (unit.Settings.Evaluate ?? []).Where(name => !value.Keys.Any(m => ScoreWork.IsWanted(m, [name]))).Order(StringComparer.Ordinal)];
        string[] flagged = [.. value.Where(m => m.Value.Flag != MetricFlag.None).Select(m => $"{m.Key}: {m.Value.Flag}").Order(StringComparer.Ordinal)];
        return Task.FromResult(new UnitOutput
        {
            Outputs = new Dictionary<string, BlobRef>(),
            Facts = JsonSerializer.SerializeToNode(new ScoreFacts { Metrics = numbers }, ContractJson.Options)!.AsObject(),
            Warnings = missing.Length + flagged.Length == 0 ? null : [.. missing.Select(m => $"{m}: no model for it"), .. flagged],
        });
    }
}
