using Pipeline.Imaging;
using Pipeline.Models.Blip2;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Captioning;

/// <summary>The computation of the caption stage: BLIP-2, greedy unless told otherwise. A caption in a batch is the caption alone.</summary>
public sealed class CaptionWork(ModelSlot<Blip2Model> model)
{
    /// <summary>Captions, in the order of the pictures.</summary>
    public IReadOnlyList<string> Run(IReadOnlyList<RgbImage> pictures, CaptionStageOptions options, CancellationToken cancellation)
    {
        var search = new CaptionOptions { MaxNewTokens = options.MaxNewTokens, Beams = options.Beams };
        return model.Value.Captions(pictures, options.Prompt, search, cancellation);
    }
}
