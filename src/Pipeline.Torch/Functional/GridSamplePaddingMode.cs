namespace TorchSharp;

public static partial class torch
{
    /// <summary>What lies outside the grid of <c>grid_sample</c>.</summary>
    public enum GridSamplePaddingMode
    {
        Zeros = 0,
        Reflection = 1,
        Border = 2,
    }
}
