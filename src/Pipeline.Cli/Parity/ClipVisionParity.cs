using Pipeline.Models.Clip;
using Pipeline.Models.Probing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>CLIP's image tower with its projection, as adapter pipelines carry it: in the case's folder or in <c>image_encoder</c>.</summary>
internal sealed class ClipVisionParity : IParityRunner
{
    public string Kind => "clip_vision";

    public bool Recognises(ParityCase reference) => Folder(reference) is not null && reference.HasInput("pixel_values") && reference.Expects("image_embeds");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ClipVisionModelWithProjection model = ClipVisionModelWithProjection.Load(reference.PathOf(Folder(reference)!));
        return [.. ModelCase.Compare(reference, Results(reference, model))];
    }

    private static IEnumerable<(string Name, Tensor Actual)> Results(ParityCase reference, ClipVisionModelWithProjection model)
    {
        Tensor pixels = reference.Input("pixel_values");
        using ActivationProbe probe = new(_ => true);
        ClipVisionOutput output = model.Forward(pixels, probe);
        yield return ("image_embeds", model.Embed(pixels));
        yield return ("last_hidden_state", output.LastHiddenState);
        yield return ("penultimate", output.Penultimate);
        yield return ("pooler_output", output.Pooled);
        for (int i = 0; i <= model.Config.Tower.Layers; i++)
        {
            yield return ($"hidden_{i}", probe[$"hidden.{i}"]);
        }
    }

    private static string? Folder(ParityCase reference) =>
        ModelCase.Kind(reference) == "clip_vision_model" ? "."
        : ModelCase.Kind(reference, "image_encoder") == "clip_vision_model" && !reference.HasFolder("unet") ? "image_encoder" : null;
}
