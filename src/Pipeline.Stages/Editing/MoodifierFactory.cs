using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Diffusion.Inversion;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Methods.Moodifier;
using Pipeline.Models;
using Pipeline.Stages.Inversion;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Stages.Editing;

/// <summary>Moodifier, the default method.</summary>
public sealed class MoodifierFactory : IEditMethodFactory
{
    // How edits are packed into batches decides speed and memory, not results.
    private static readonly string[] WithoutEffect = ["maxBatchRows"];
    private static readonly string[] OfSource = ["longSide", "minLongSide", "sizeMultiple"];
    private static readonly string[] OfInversion = ["steps", "stepsOffset"];

    /// <inheritdoc />
    public string Name => "moodifier";

    /// <inheritdoc />
    public JsonObject Normalise(JsonElement? parameters)
    {
        JsonObject all = MoodifierParams.Write(MoodifierParams.Read(parameters));
        foreach (string name in WithoutEffect)
        {
            all.Remove(name);
        }

        SkippedEdit.Trim(all);
        return all;
    }

    /// <inheritdoc />
    public JsonObject SourceParameters(JsonElement? parameters)
    {
        JsonObject all = Normalise(parameters);
        InversionTraits traits = Inversions.Get((string)all["inversion"]!).Traits;
        IEnumerable<string> names = traits switch
        {
            { SharedNoise: true } => OfSource,
            { OnlyPath: true } => [.. OfSource, .. OfInversion], // one path serves all inversions that compute nothing else
            { GuidedSource: true } => [.. OfSource, .. OfInversion, "inversion", "inversionParams", "guidanceSource"],
            _ => [.. OfSource, .. OfInversion, "inversion", "inversionParams"],
        };
        return new JsonObject(names.Select(name => KeyValuePair.Create(name, all[name]?.DeepClone())));
    }

    /// <inheritdoc />
    public IReadOnlyList<ComponentKind> OtherModelsFor(JsonElement? parameters) => TraitsOf(parameters).ReadsImageTokens ? [ComponentKind.Clip] : [];

    /// <inheritdoc />
    public long EstimateForwards(JsonElement? parameters, int edits)
    {
        MoodifierOptions options = MoodifierParams.Read(parameters);
        long rows = (options.GuidanceSource == 1 ? 1 : 2) + (2L * edits); // one source branch, K targets under guidance
        return (rows * options.TimestepPlan.Timesteps().Count) + Inversions.Get(options.Inversion).EstimateForwards(MoodifierParams.Element(options.InversionParams), options.Steps);
    }

    /// <inheritdoc />
    public IEditMethod Create(JsonElement? parameters, EditModels models) => Editor(parameters, models);

    /// <inheritdoc />
    public bool TakesSourceLatent => true;

    /// <inheritdoc />
    public bool Inverts(JsonElement? parameters) => !TraitsOf(parameters).SharedNoise;

    /// <inheritdoc />
    public (InversionArtefact Artefact, long SampleForwards) Invert(JsonElement? parameters, EditModels models, PictureToInvert picture, CancellationToken cancellation)
    {
        using MoodifierEditor editor = Editor(parameters, models);
        return editor.Invert(picture.Picture, picture.Latent, picture.SourcePrompt, picture.SourceSha256, cancellation);
    }

    /// <inheritdoc />
    public (float[] Values, long[] Shape) EncodeSource(JsonElement? parameters, EditModels models, RgbImage picture)
    {
        using DisposeScope scope = NewDisposeScope();
        using MoodifierEditor editor = Editor(parameters, models);
        Tensor latent = editor.EncodeSource(picture).to(ScalarType.Float32, CPU).contiguous(); // [1, C, h, w]
        using TensorAccessor<float> values = latent.data<float>();
        return (values.ToArray(), latent.shape);
    }

    private static InversionTraits TraitsOf(JsonElement? parameters) => Inversions.Get(MoodifierParams.Read(parameters).Inversion).Traits;

    private static MoodifierEditor Editor(JsonElement? parameters, EditModels models) => new(models.Diffusion, MoodifierParams.Read(parameters), null, models.ImageTokens);
}
