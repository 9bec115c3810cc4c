using Pipeline.Imaging;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// Finds things by name: a text-grounded detector with a promptable segmenter, as the authors use. Optional; without one the map is built from the
/// model's boxes and attention.
/// </summary>
public interface IRegionGrounder
{
    /// <summary>Encodes a picture once for all phrases and emotions. Dispose the result.</summary>
    IGroundedPicture Look(RgbImage picture);
}
