using Pipeline.Methods;
using Pipeline.Stages.Editing;

namespace Pipeline.Stages.Inversion;

/// <summary>The computation of the invert stage: picture and model in, latents out.</summary>
public sealed class InvertWork(EditModels models, EditMethods methods)
{
    /// <summary>Encodes one picture.</summary>
    public SourceLatent Run(InvertInput input)
    {
        (float[] values, long[] shape) = methods[input.Method].EncodeSource(input.Params, models, input.Picture);
        return new SourceLatent(values, shape);
    }
}
