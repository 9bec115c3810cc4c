using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods;
using Pipeline.Models;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Inversion;
using Pipeline.Stages.Pictures;
using Pipeline.Stages.Prompting;
using Pipeline.Storage;

namespace Pipeline.Stages.Editing;

/// <summary>Edits pictures: source, prompts and stimulus map in, edited picture and its mask out.</summary>
public sealed class EditStage(
    EditWork work, EditMethods methods, IReadOnlyDictionary<string, string> models, StoredPictures pictures, Func<ComponentKind, string?>? digestOf = null) : IStage<EditInput, EditedPicture>
{
    /// <summary>Name of the output: the edited picture.</summary>
    public const string Image = "image";

    /// <summary>Name of the output: the map that was used, an 8-bit grey PNG of the picture's size.</summary>
    public const string Mask = "mask";

    /// <summary>Version of the algorithm.</summary>
    internal const string Version = "1";

    private const long MaxInputBytes = 256L << 20;

    /// <inheritdoc />
    public string Name => StageNames.Edit;

    /// <inheritdoc />
    public string Implementation => Version;

    /// <inheritdoc />
    public UnitScope Scope => UnitScope.Target;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Models => models;

    /// <inheritdoc />
    public int MaxBatch => WorkRouter.EditGroup;

    /// <inheritdoc />
    public TimeSpan BatchWait => TimeSpan.FromMilliseconds(10);

    /// <inheritdoc />
    public JsonObject? KeyOptions => OtherModels.Describe(methods, digestOf);

    /// <inheritdoc />
    public UnitKey Key(StageUnit unit) => KeyOf(unit, methods, digestOf);

    /// <summary>The key of a unit, with the digests of other models.</summary>
    internal static UnitKey KeyOf(StageUnit unit, EditMethods methods, Func<ComponentKind, string?>? digestOf)
    {
        IEditMethodFactory method = methods[unit.Settings.Method];
        EditTarget target = unit.Target!;
        var parameters = new JsonObject
        {
            ["method"] = method.Name, ["params"] = method.Normalise(unit.Settings.Params), ["emotion"] = target.Emotion, ["intensity"] = target.Intensity,
            ["format"] = unit.Settings.Format,
        };
        if (OtherModels.Of(method, unit.Settings.Params, digestOf) is { Count: > 0 } others)
        {
            parameters["models"] = others;
        }

        return new UnitKey
        {
            Reads = ["source", PromptStage.PromptsInput, PromptStage.MapInput, InvertStage.LatentInput, InvertStage.InvertedInput],
            Params = parameters,
            Seed = target.Seed,
        };
    }

    /// <inheritdoc />
    public async Task<EditInput> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
    {
        RgbImage picture = await pictures.ReadAsync(store, unit.Input("source"), cancellation).ConfigureAwait(false);
        PromptRecord prompts = ContractJson.Deserialize<PromptRecord>(await store.ReadBlobAsync(unit.Input(PromptStage.PromptsInput), MaxInputBytes, cancellation).ConfigureAwait(false));
        MaskImage? map = unit.Inputs.TryGetValue(PromptStage.MapInput, out BlobRef? blob) ? await pictures.ReadMaskAsync(store, blob, cancellation).ConfigureAwait(false) : null;
        (float[] latent, long[] shape) = Npy.Read(await store.ReadBlobAsync(unit.Input(InvertStage.LatentInput), MaxInputBytes, cancellation).ConfigureAwait(false));
        byte[]? inverted = unit.Inputs.TryGetValue(InvertStage.InvertedInput, out BlobRef? made) ? await store.ReadBlobAsync(made, MaxInputBytes, cancellation).ConfigureAwait(false) : null;
        EditTarget target = unit.Target!;
        JsonElement? parameters = unit.Settings.Params;
        string key = methods[unit.Settings.Method].Normalise(parameters).ToJsonString();
        return new EditInput(picture, unit.SourceSha256, latent, shape, unit.Settings.Method, parameters, key, target.Emotion, target.Intensity, target.Seed, prompts, map) { Inverted = inverted };
    }

    /// <inheritdoc />
    public IReadOnlyList<UnitOutcome<EditedPicture>> Compute(IReadOnlyList<EditInput> batch, CancellationToken cancellation) => work.Run(batch, cancellation);

    /// <inheritdoc />
    public async Task<UnitOutput> StoreAsync(StageUnit unit, EditedPicture value, IArtefactStore store, CancellationToken cancellation)
    {
        EditedImage edited = value.Image;
        byte[] encoded = ImageCodec.Default.Encode(edited.Image, Options(unit, edited));
        BlobRef image = await store.PutBlobAsync(encoded, MediaType(unit.Settings.Format), cancellation).ConfigureAwait(false);
        BlobRef mask = await store.PutBlobAsync(edited.Mask.EncodePng(), "image/png", cancellation).ConfigureAwait(false);
        var facts = new EditFacts
        {
            TimestepsUsed = value.Timesteps,
            Negative = edited.NegativePrompt,
            Skipped = value.Skipped,
            MaskSource = value.Skipped is not null ? null : edited.MaskSource switch { MaskSource.CrossAttention => "cross_attention", MaskSource.Global => "fallback_global", _ => null },
        };
        return new UnitOutput
        {
            Outputs = new Dictionary<string, BlobRef> { [Image] = image, [Mask] = mask },
            Facts = JsonSerializer.SerializeToNode(facts, ContractJson.Options)!.AsObject(),
            Warnings = edited.PromptTruncated ? ["a prompt was cut to the text encoder's length"] : null,
            UnetForwards = value.SampleForwards,
        };
    }

    // The picture carries its recipe: enough to make it again.
    private EncodeOptions Options(StageUnit unit, EditedImage edited)
    {
        var recipe = new JsonObject
        {
            ["method"] = unit.Settings.Method, ["emotion"] = unit.Target!.Emotion, ["intensity"] = unit.Target.Intensity, ["seed"] = unit.Target.Seed, ["source"] = unit.SourceSha256,
            ["sourcePrompt"] = edited.SourcePrompt, ["targetPrompt"] = edited.TargetPrompt, ["negativePrompt"] = edited.NegativePrompt,
            ["params"] = methods[unit.Settings.Method].Normalise(unit.Settings.Params),
            ["models"] = new JsonObject(models.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))
                .Concat(OtherModels.Of(methods[unit.Settings.Method], unit.Settings.Params, digestOf).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone())))),
        };
        var png = new EncodeOptions { Text = new Dictionary<string, string> { ["moodpipe"] = recipe.ToJsonString(ContractJson.Options) } };
        return unit.Settings.Format switch
        {
            "jpeg" => new EncodeOptions { Format = ImageFormat.Jpeg },
            "webp" => new EncodeOptions { Format = ImageFormat.WebP },
            _ => png,
        };
    }

    private static string MediaType(string format) => format switch { "jpeg" => "image/jpeg", "webp" => "image/webp", _ => "image/png" };
}
