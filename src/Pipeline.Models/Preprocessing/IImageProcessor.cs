using Pipeline.Imaging;

namespace Pipeline.Models.Preprocessing;

/// <summary>Turns a picture into what a checkpoint's vision tower was trained on, exactly as its published processor does.</summary>
public interface IImageProcessor
{
    /// <summary>The picture's values, [N, 3, H, W]; N is 1 but for processors that cut tiles.</summary>
    PixelValues Compute(RgbImage image);
}
