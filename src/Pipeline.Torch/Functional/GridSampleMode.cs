namespace TorchSharp;

public static partial class torch
{
    /// <summary>Filter of <c>grid_sample</c>.</summary>
    public enum GridSampleMode
    {
        Nearest = 0,
        Bilinear = 2,
    }
}
