using Pipeline.Imaging;
using static TorchSharp.torch;

namespace Pipeline.Models.Preprocessing;

/// <summary>Turns a picture into what a checkpoint's vision tower was trained on, exactly as its published processor does.</summary>
public interface IImageProcessor
{
    /// <summary>The picture's values, [N, 3, H, W]; N is 1 but for processors that cut tiles.</summary>
    PixelValues Compute(RgbImage image);

    /// <summary>The picture's values as float32 [N, 3, H, W] on <paramref name="device"/> (CPU when null); the caller owns the tensor.</summary>
    Tensor Process(RgbImage image, Device? device = null) => Compute(image).ToTensor(device);
}
