using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Diffusion.Inversion;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Models;
using Pipeline.Stages.Inversion;

namespace Pipeline.Stages.Editing;

/// <summary>How the stages know an editing method: one small class for each, so that a new method changes nothing else.</summary>
public interface IEditMethodFactory
{
    /// <summary>Name in manifests.</summary>
    string Name { get; }

    /// <summary>All parameters that decide the result, defaults filled in, in one form: part of the work key.</summary>
    /// <exception cref="EditException">A parameter is unknown or impossible.</exception>
    JsonObject Normalise(JsonElement? parameters);

    /// <summary>Those parameters that decide the latents of the source picture and, where the method <see cref="Inverts"/>, what its inversion computes.</summary>
    JsonObject SourceParameters(JsonElement? parameters);

    /// <summary>Models beside the diffusion model that decide its results; their digests are part of the work key.</summary>
    IReadOnlyList<ComponentKind> OtherModels => [];

    /// <summary>Those of <see cref="OtherModels"/> that parameters make it read.</summary>
    IReadOnlyList<ComponentKind> OtherModelsFor(JsonElement? parameters) => OtherModels;

    /// <summary>The probability of the wanted emotion in the source above which an edit is left out; null makes every edit.</summary>
    /// <exception cref="EditException">A parameter is unknown or impossible.</exception>
    double? SkipIfAlready(JsonElement? parameters) => (double?)Normalise(parameters)[SkippedEdit.Parameter];

    /// <summary>Whether the method asks a service outside this process: it cannot run without being told which.</summary>
    bool IsRemote => false;

    /// <summary>About how many UNet sample-forwards the edits of one picture cost, for plans; optimisations count as if none stopped early.</summary>
    /// <param name="parameters">The method's parameters.</param>
    /// <param name="edits">Edits of one picture, K.</param>
    /// <exception cref="EditException">A parameter is unknown or impossible.</exception>
    long EstimateForwards(JsonElement? parameters, int edits);

    /// <summary>Whether the method works on the diffusion model's latents of the source, so that what was encoded for one method serves all.</summary>
    bool TakesSourceLatent => false;

    /// <summary>The method over the models of a run. Dispose it if it is disposable.</summary>
    IEditMethod Create(JsonElement? parameters, EditModels models);

    /// <summary>The latents [1, C, h, w] of a source picture as the method takes them, row-major; no values for a method that works without.</summary>
    (float[] Values, long[] Shape) EncodeSource(JsonElement? parameters, EditModels models, RgbImage picture);

    /// <summary>Whether the method's inversion computes something of picture and source prompt, so that it is done once and kept.</summary>
    bool Inverts(JsonElement? parameters) => false;

    /// <summary>What the inversion computes, and the UNet forwards per sample that it took; for methods that invert. The artefact is the caller's.</summary>
    (InversionArtefact Artefact, long SampleForwards) Invert(JsonElement? parameters, EditModels models, PictureToInvert picture, CancellationToken cancellation) => (new InversionArtefact(), 0);
}
