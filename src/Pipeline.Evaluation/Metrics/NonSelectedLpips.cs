using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Lpips;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Evaluation.Metrics;

/// <summary>
/// NS-LPIPS (Li et al. 2023, StyleDiffusion, arXiv 2303.15649, section 4): how much an edit changes what it was not asked to change. Both pictures are blackened where the edited word attends
/// (the cross-attention map of its inversion, divided by its highest value) and compared by LPIPS at 256x256. Edits with a region of their own (M_E) are measured outside of it.
/// </summary>
public static class NonSelectedLpips
{
    /// <summary>Side at which pictures are compared.</summary>
    public const int Side = 256;

    /// <summary>The distance; missing where nothing is left to compare.</summary>
    /// <param name="model">The network; AlexNet in the paper.</param>
    /// <param name="source">The picture before.</param>
    /// <param name="edited">The picture after.</param>
    /// <param name="selected">What the edited word selects, 0..1, any size.</param>
    /// <param name="mode">Paper or official script.</param>
    /// <param name="device">Device of the network; CPU when null.</param>
    public static MetricValue Compute(LpipsModel model, RgbImage source, RgbImage edited, MaskImage selected, NonSelectedMode mode = NonSelectedMode.Paper, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        float[] kept = Array.ConvertAll(selected.Resize(Side, Side, ResampleFilter.Bilinear).Values, v => mode == NonSelectedMode.Official ? 1 - v : v > 0.5f ? 0f : 1f);
        if (!Array.Exists(kept, k => k > 0))
        {
            return MetricValue.Missing;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Tensor mask = tensor(kept, [1, 1, Side, Side]);
        Tensor Masked(RgbImage picture)
        {
            Tensor pixels = ImageTensors.ToTensor(PillowResize.Resize(picture, Side, Side, ResampleFilter.Bilinear), PixelRange.Unit) * mask;      // [1, 3, 256, 256]
            return (mode == NonSelectedMode.Official ? pixels : (pixels * 2.0) - 1.0).to(device ?? CPU);
        }

        return model.Distance(Masked(source), Masked(edited)).to(ScalarType.Float64).cpu().item<double>();
    }

    /// <summary>An attention map divided by its highest value, as the metric takes it.</summary>
    public static MaskImage FromAttention(MaskImage attention)
    {
        ArgumentNullException.ThrowIfNull(attention);
        float highest = attention.Values.Max();
        return new MaskImage(attention.Width, attention.Height, Array.ConvertAll(attention.Values, v => highest > 0 ? v / highest : 0));
    }
}
