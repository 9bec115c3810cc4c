using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Imaging;
using Pipeline.Stages.Core;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Pictures;
using Pipeline.Storage;

namespace Pipeline.Stages.Captioning;

/// <summary>Captions edited pictures.</summary>
public sealed class CaptionStage(CaptionWork work, CaptionStageOptions options, IReadOnlyDictionary<string, string> models, StoredPictures pictures) : IStage<RgbImage, string>
{
    private static readonly string ImageInput = $"{StageNames.Edit}.{EditStage.Image}";

    /// <summary>Version of the algorithm.</summary>
    internal const string Version = "1";

    /// <inheritdoc />
    public string Name => StageNames.Caption;

    /// <inheritdoc />
    public string Implementation => Version;

    /// <inheritdoc />
    public UnitScope Scope => UnitScope.Target;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Models => models;

    /// <inheritdoc />
    public int MaxBatch => options.MaxBatch;

    /// <inheritdoc />
    public JsonObject KeyOptions => new() { ["prompt"] = options.Prompt, ["maxNewTokens"] = options.MaxNewTokens, ["beams"] = options.Beams };

    /// <inheritdoc />
    public UnitKey Key(StageUnit unit) => KeyOf(KeyOptions);

    /// <summary>The key of a unit, captioned so.</summary>
    internal static UnitKey KeyOf(JsonObject writing) => new() { Reads = [ImageInput], Params = writing };

    /// <inheritdoc />
    public Task<RgbImage> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation) => pictures.ReadAsync(store, unit.Input(ImageInput), cancellation);

    /// <inheritdoc />
    public IReadOnlyList<UnitOutcome<string>> Compute(IReadOnlyList<RgbImage> batch, CancellationToken cancellation) =>
        [.. work.Run(batch, options, cancellation).Select(caption => (UnitOutcome<string>)caption)];

    /// <inheritdoc />
    public async Task<UnitOutput> StoreAsync(StageUnit unit, string value, IArtefactStore store, CancellationToken cancellation)
    {
        BlobRef blob = await store.PutBlobAsync(System.Text.Encoding.UTF8.GetBytes(value), "text/plain", cancellation).ConfigureAwait(false);
        return new UnitOutput
        {
            Outputs = new Dictionary<string, BlobRef> { ["text"] = blob },
            Facts = JsonSerializer.SerializeToNode(new CaptionFacts { Caption = value }, ContractJson.Options)!.AsObject(),
        };
    }
}
