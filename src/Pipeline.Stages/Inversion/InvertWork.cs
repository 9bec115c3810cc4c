using Pipeline.Diffusion.Sampling;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Inversion;

/// <summary>The computation of the invert stage: picture and model in, latents out.</summary>
public sealed class InvertWork(ModelSlot<IDiffusionModel> model, EditMethods methods)
{
    /// <summary>Encodes one picture.</summary>
    public SourceLatent Run(InvertInput input)
    {
        (float[] values, long[] shape) = methods[input.Method].EncodeSource(input.Params, model.Value, input.Picture);
        return new SourceLatent(values, shape);
    }
}
