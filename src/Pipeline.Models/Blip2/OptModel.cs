using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Holder of the decoder, so that its name is <c>model.decoder</c> as in checkpoints.</summary>
internal sealed class OptModel : nn.Module
{
    public readonly OptDecoder decoder;

    public OptModel(WeightSource w, OptConfig config)
        : base(nameof(OptModel))
    {
        decoder = new OptDecoder(w.Sub("decoder"), config);
        RegisterComponents();
    }
}
