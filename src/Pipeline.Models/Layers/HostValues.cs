using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>Reading small results.</summary>
internal static class HostValues
{
    /// <summary>All elements, row-major. An accessor holds its tensor until it is disposed, so it must not be left to the collector.</summary>
    public static T[] ToHost<T>(this Tensor x)
        where T : struct
    {
        using var scope = NewDisposeScope();
        using TensorAccessor<T> accessor = x.detach().cpu().contiguous().data<T>();
        return accessor.ToArray();
    }
}
