using Pipeline.Diffusion.Inversion;
using Pipeline.Methods;
using Pipeline.Stages.Editing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Stages.Inversion;

/// <summary>The computation of the invert stage: picture, source prompt and model in; latents and what the inversion computes out.</summary>
public sealed class InvertWork(EditModels models, EditMethods methods)
{
    /// <summary>Encodes one picture and, where the method's inversion runs the model, inverts it.</summary>
    public SourceLatent Run(InvertInput input, CancellationToken cancellation)
    {
        IEditMethodFactory method = methods[input.Method];
        (float[] values, long[] shape) = method.EncodeSource(input.Params, models, input.Picture);
        if (input.SourcePrompt is not { } prompt || !method.Inverts(input.Params))
        {
            return new SourceLatent(values, shape);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor latent = tensor(values, shape).to(models.Diffusion.Device); // [1, C, h, w]
        (InversionArtefact artefact, long forwards) = method.Invert(input.Params, models, new PictureToInvert(input.Picture, latent, prompt, input.SourceSha256), cancellation);
        using (artefact)
        {
            return new SourceLatent(values, shape, StoredInversion.Write(artefact), forwards);
        }
    }
}
