using static TorchSharp.torch;

namespace Pipeline.Models.Preprocessing;

/// <summary>Preprocessed pictures before they become a tensor: values in row-major order of <paramref name="Shape"/>.</summary>
/// <param name="Values">Normalised samples.</param>
/// <param name="Shape">[pictures or tiles, 3, height, width].</param>
public sealed record PixelValues(float[] Values, long[] Shape)
{
    /// <summary>The values as float32 on <paramref name="device"/> (CPU when null); the caller owns the tensor.</summary>
    public Tensor ToTensor(Device? device = null) => tensor(Values, Shape, device: device); // [N, 3, H, W]
}
