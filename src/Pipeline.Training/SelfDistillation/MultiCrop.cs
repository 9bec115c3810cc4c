using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>
/// Random views of pictures, as DINO takes them (Caron et al. 2021, section 3.1 and appendix B): crops of a share of the area, flipped, with mixed colour channels, other brightness, contrast and
/// saturation, some grey, some soft. All drawn from one generator on the CPU.
/// </summary>
public static class MultiCrop
{
    private const double Stretch = 0.2, Jitter = 0.4, GreyShare = 0.1, SoftShare = 0.5;

    /// <summary>One view of every picture.</summary>
    /// <param name="pixels">[B, 3, H, W] in −1..1; only read.</param>
    /// <param name="side">Side of the view.</param>
    /// <param name="leastArea">Smallest share of the picture's area.</param>
    /// <param name="mostArea">Largest share.</param>
    /// <param name="random">Source of all choices.</param>
    /// <returns>[B, 3, side, side] in −1..1; the caller's.</returns>
    public static Tensor View(Tensor pixels, int side, double leastArea, double mostArea, Generator random)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using DisposeScope scope = NewDisposeScope();
        Tensor Draw(double low, double high) => empty([pixels.shape[0], 1, 1, 1], ScalarType.Float32).uniform_(low, high, random).to(pixels.device);
        Tensor edge = Draw(leastArea, mostArea).sqrt(), ratio = Draw(-Stretch, Stretch).exp();
        Tensor width = (edge * ratio).clamp_max(1), height = (edge / ratio).clamp_max(1);                           // shares of the sides
        Tensor flip = Draw(0, 1).lt(0.5).to(ScalarType.Float32) * 2.0 - 1.0;                                        // −1 or 1
        Tensor line = (arange(side, ScalarType.Float32, pixels.device) + 0.5) * (2.0 / side) - 1.0;                 // pixel centres in −1..1
        long[] all = [pixels.shape[0], side, side, 1];
        Tensor x = (line.view(1, 1, side, 1) * width * flip) + ((1.0 - width) * Draw(-1, 1));
        Tensor y = (line.view(1, side, 1, 1) * height) + ((1.0 - height) * Draw(-1, 1));
        Tensor grid = cat([x.expand(all), y.expand(all)], 3);                                                       // [B, side, side, 2]
        Tensor view = nn.functional.grid_sample(pixels, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, false);
        return Recoloured(view, Draw, random).MoveToOuterDisposeScope();
    }

    private static Tensor Recoloured(Tensor view, Func<double, double, Tensor> draw, Generator random)
    {
        Tensor soft = nn.functional.avg_pool2d(view, 3, 1, 1, false, false);
        view += (soft - view) * draw(0, 1).lt(SoftShare).to(ScalarType.Float32) * draw(0, 1);
        // Colours mixed among the channels: without it, sky and grade alone tell pictures apart, and no shape is learnt.
        Tensor mixing = empty([view.shape[0], 3, 3], ScalarType.Float32).normal_(0, 2, random).softmax(-1).to(view.device);
        Tensor mixed = mixing.matmul(view.flatten(2)).view(view.shape);                                             // [B, 3, side, side]
        view += (mixed - view) * draw(0, 1);
        Tensor grey = view.mean([1], true);                                                                         // [B, 1, side, side]
        Tensor saturation = draw(1 - Jitter, 1 + Jitter) * draw(0, 1).ge(GreyShare).to(ScalarType.Float32);
        view = grey + ((view - grey) * saturation);
        Tensor mean = view.mean([1, 2, 3], true);
        view = mean + ((view - mean) * draw(1 - Jitter, 1 + Jitter));
        return ((view + 1.0) * draw(1 - Jitter, 1 + Jitter) - 1.0).clamp(-1, 1);
    }
}
