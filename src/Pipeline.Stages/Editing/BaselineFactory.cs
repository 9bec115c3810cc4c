using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Diffusion.Inversion;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Methods.Baselines;
using Pipeline.Models;
using Pipeline.Stages.Inversion;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Stages.Editing;

/// <summary>What factories of methods over a latent diffusion model have in common.</summary>
/// <typeparam name="TOptions">Options of the method.</typeparam>
/// <param name="name">Name in manifests.</param>
/// <param name="presets">Presets by name, the default first.</param>
public abstract class BaselineFactory<TOptions>(string name, params IReadOnlyList<(string Name, TOptions Options)> presets) : IEditMethodFactory
    where TOptions : BaselineOptions
{
    // How edits are packed into batches decides speed and memory, not results.
    private static readonly string[] WithoutEffect = ["maxBatchRows"];
    private static readonly string[] OfSource = ["longSide", "minLongSide", "sizeMultiple"];
    private readonly MethodParams<TOptions> reader = new(name, presets, options => options.Check());

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public virtual IReadOnlyList<ComponentKind> OtherModels => [];

    /// <inheritdoc />
    public virtual IReadOnlyList<ComponentKind> OtherModelsFor(JsonElement? parameters) => OtherModels;

    /// <inheritdoc />
    public virtual JsonObject Normalise(JsonElement? parameters)
    {
        JsonObject all = reader.Write(Complete(reader.Read(parameters)));
        foreach (string member in WithoutEffect)
        {
            all.Remove(member);
        }

        SkippedEdit.Trim(all);
        return all;
    }

    /// <inheritdoc />
    public virtual JsonObject SourceParameters(JsonElement? parameters)
    {
        JsonObject all = Normalise(parameters);
        return new JsonObject(OfSource.Concat(OfInversion).Select(member => KeyValuePair.Create(member, all[member]?.DeepClone())));
    }

    /// <inheritdoc />
    public bool Inverts(JsonElement? parameters) => OfInversion.Count > 0;

    /// <inheritdoc />
    public (InversionArtefact Artefact, long SampleForwards) Invert(JsonElement? parameters, EditModels models, PictureToInvert picture, CancellationToken cancellation)
    {
        using BaselineEditor<TOptions> editor = Editor(models, reader.Read(parameters));
        return editor.Invert(picture.Picture, picture.Latent, picture.SourcePrompt, picture.SourceSha256, cancellation);
    }

    /// <inheritdoc />
    public long EstimateForwards(JsonElement? parameters, int edits) => Estimate(reader.Read(parameters), edits);

    /// <inheritdoc />
    public IEditMethod Create(JsonElement? parameters, EditModels models) => Editor(models, reader.Read(parameters));

    /// <summary>Parameters that decide what is computed of a picture once, before its edits; none where nothing is.</summary>
    protected virtual IReadOnlyList<string> OfInversion => [];

    /// <inheritdoc />
    public virtual bool TakesSourceLatent => true;

    /// <inheritdoc />
    public (float[] Values, long[] Shape) EncodeSource(JsonElement? parameters, EditModels models, RgbImage picture)
    {
        if (!TakesSourceLatent)
        {
            return ([], [0]);
        }

        using DisposeScope scope = NewDisposeScope();
        using BaselineEditor<TOptions> editor = Editor(models, reader.Read(parameters));
        Tensor latent = editor.EncodeSource(picture).to(ScalarType.Float32, CPU).contiguous(); // [1, C, h, w]
        using TensorAccessor<float> values = latent.data<float>();
        return (values.ToArray(), latent.shape);
    }

    /// <summary>Fills in what follows from outside the parameters, such as digests of files that they name.</summary>
    /// <exception cref="EditException">A named file is missing.</exception>
    protected virtual TOptions Complete(TOptions options) => options;

    /// <summary>See <see cref="EstimateForwards"/>.</summary>
    protected abstract long Estimate(TOptions options, int edits);

    /// <summary>The method over the models of a run.</summary>
    protected abstract BaselineEditor<TOptions> Editor(EditModels models, TOptions options);
}
