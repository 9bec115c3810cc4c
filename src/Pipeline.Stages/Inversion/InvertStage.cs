using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Topology;
using Pipeline.Imaging;
using Pipeline.Models;
using Pipeline.Stages.Core;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Pictures;
using Pipeline.Stages.Prompting;
using Pipeline.Storage;

namespace Pipeline.Stages.Inversion;

/// <summary>
/// Encodes a source picture to its latents, once for all its edits. Virtual inversion, the default, needs nothing else of a picture; what other inversions compute of picture and source prompt (paths of latents,
/// learned embeddings) is stored here as well, by content: no later edit of the picture runs or optimises it again, in whatever job.
/// </summary>
public sealed class InvertStage(
    InvertWork work, EditMethods methods, IReadOnlyDictionary<string, string> models, StoredPictures pictures, Func<ComponentKind, string?>? digestOf = null) : IStage<InvertInput, SourceLatent>
{
    /// <summary>Name of the output: the latents as an npy file.</summary>
    public const string Latent = "latent";

    /// <summary>Name of the output: what the inversion computed, an npz file; absent where it computes nothing.</summary>
    public const string Inverted = "inverted";

    /// <summary>How later stages call <see cref="Latent"/>.</summary>
    public const string LatentInput = $"{StageNames.Invert}.{Latent}";

    /// <summary>How later stages call <see cref="Inverted"/>.</summary>
    public const string InvertedInput = $"{StageNames.Invert}.{Inverted}";

    /// <summary>Version of the algorithm. 2: latents of the path are half-precision numbers.</summary>
    internal const string Version = "2";

    private const long MaxPromptBytes = 1 << 20;

    /// <inheritdoc />
    public string Name => StageNames.Invert;

    /// <inheritdoc />
    public string Implementation => Version;

    /// <inheritdoc />
    public UnitScope Scope => UnitScope.Picture;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Models => models;

    /// <inheritdoc />
    public JsonObject? KeyOptions => OtherModels.Describe(methods, digestOf);

    /// <inheritdoc />
    public UnitKey Key(StageUnit unit) => KeyOf(unit, methods, digestOf);

    /// <summary>The key of a unit, with the digests of other models.</summary>
    internal static UnitKey KeyOf(StageUnit unit, EditMethods methods, Func<ComponentKind, string?>? digestOf)
    {
        IEditMethodFactory method = methods[unit.Settings.Method];
        bool inverts = method.Inverts(unit.Settings.Params);
        string[] reads = inverts ? ["source", PromptStage.SourceInput] : ["source"];
        // Latents alone are the same for every method that takes them.
        var parameters = new JsonObject { ["method"] = inverts || !method.TakesSourceLatent ? method.Name : Latent, ["params"] = method.SourceParameters(unit.Settings.Params) };
        if (inverts && OtherModels.Of(method, unit.Settings.Params, digestOf) is { Count: > 0 } others)
        {
            parameters["models"] = others;
        }

        return new UnitKey { Reads = reads, Params = parameters };
    }

    /// <inheritdoc />
    public async Task<InvertInput> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
    {
        RgbImage picture = await pictures.ReadAsync(store, unit.Input("source"), cancellation).ConfigureAwait(false);
        string? prompt = methods[unit.Settings.Method].Inverts(unit.Settings.Params) && unit.Inputs.TryGetValue(PromptStage.SourceInput, out BlobRef? blob)
            ? Encoding.UTF8.GetString(await store.ReadBlobAsync(blob, MaxPromptBytes, cancellation).ConfigureAwait(false))
            : null;
        return new InvertInput(picture, unit.Settings.Method, unit.Settings.Params, unit.SourceSha256, prompt);
    }

    /// <inheritdoc />
    public IReadOnlyList<UnitOutcome<SourceLatent>> Compute(IReadOnlyList<InvertInput> batch, CancellationToken cancellation) =>
        UnitOutcome.Each(batch, input => work.Run(input, cancellation), cancellation);

    /// <inheritdoc />
    public async Task<UnitOutput> StoreAsync(StageUnit unit, SourceLatent value, IArtefactStore store, CancellationToken cancellation)
    {
        var outputs = new Dictionary<string, BlobRef>
        {
            [Latent] = await store.PutBlobAsync(Npy.Write(value.Values, value.Shape), Npy.MediaType, cancellation).ConfigureAwait(false),
        };
        if (value.Inverted is { } inverted)
        {
            outputs[Inverted] = await store.PutBlobAsync(inverted, Npz.MediaType, cancellation).ConfigureAwait(false);
        }

        return new UnitOutput { Outputs = outputs, UnetForwards = value.SampleForwards };
    }
}
