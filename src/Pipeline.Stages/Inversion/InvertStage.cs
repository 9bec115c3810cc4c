using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Core;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Pictures;
using Pipeline.Storage;

namespace Pipeline.Stages.Inversion;

/// <summary>
/// Encodes a source picture to its latents, once for all its edits. Virtual inversion, the default, needs nothing else of a picture; inversions that run the model over the
/// source put their trajectory here as well.
/// </summary>
public sealed class InvertStage(InvertWork work, EditMethods methods, IReadOnlyDictionary<string, string> models, StoredPictures pictures) : IStage<InvertInput, SourceLatent>
{
    /// <summary>Name of the output: the latents as an npy file.</summary>
    public const string Latent = "latent";

    /// <inheritdoc />
    public string Name => StageNames.Invert;

    /// <inheritdoc />
    public string Implementation => "1";

    /// <inheritdoc />
    public UnitScope Scope => UnitScope.Picture;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Models => models;

    /// <inheritdoc />
    public UnitKey Key(StageUnit unit)
    {
        IEditMethodFactory method = methods[unit.Settings.Method];
        return new UnitKey { Reads = ["source"], Params = new JsonObject { ["method"] = method.Name, ["params"] = method.SourceParameters(unit.Settings.Params) } };
    }

    /// <inheritdoc />
    public async Task<InvertInput> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation) =>
        new(await pictures.ReadAsync(store, unit.Input("source"), cancellation).ConfigureAwait(false), unit.Settings.Method, unit.Settings.Params);

    /// <inheritdoc />
    public IReadOnlyList<UnitOutcome<SourceLatent>> Compute(IReadOnlyList<InvertInput> batch, CancellationToken cancellation) =>
        UnitOutcome.Each(batch, work.Run, cancellation);

    /// <inheritdoc />
    public async Task<UnitOutput> StoreAsync(StageUnit unit, SourceLatent value, IArtefactStore store, CancellationToken cancellation)
    {
        BlobRef blob = await store.PutBlobAsync(Npy.Write(value.Values, value.Shape), Npy.MediaType, cancellation).ConfigureAwait(false);
        return new UnitOutput { Outputs = new Dictionary<string, BlobRef> { [Latent] = blob } };
    }
}
