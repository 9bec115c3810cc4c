using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using Pipeline.Methods;

namespace Pipeline.Stages.Editing;

/// <summary>How the stages know an editing method: one small class for each, so that a new method changes nothing else.</summary>
public interface IEditMethodFactory
{
    /// <summary>Name in manifests.</summary>
    string Name { get; }

    /// <summary>All parameters that decide the result, defaults filled in, in one form: part of the work key.</summary>
    /// <exception cref="EditException">A parameter is unknown or impossible.</exception>
    JsonObject Normalise(JsonElement? parameters);

    /// <summary>Those parameters that decide the latents of the source picture.</summary>
    JsonObject SourceParameters(JsonElement? parameters);

    /// <summary>The method over a model. Dispose it if it is disposable.</summary>
    IEditMethod Create(JsonElement? parameters, IDiffusionModel model);

    /// <summary>The latents [1, C, h, w] of a source picture as the method takes them, row-major.</summary>
    (float[] Values, long[] Shape) EncodeSource(JsonElement? parameters, IDiffusionModel model, RgbImage picture);
}
