using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Prompting;

/// <summary>A picture that an <see cref="IRegionGrounder"/> has encoded.</summary>
public interface IGroundedPicture : IDisposable
{
    /// <summary>The region that a phrase names, values in [0,1], of any size with the picture's aspect; null where it is not found.</summary>
    MaskImage? Find(string phrase);
}
