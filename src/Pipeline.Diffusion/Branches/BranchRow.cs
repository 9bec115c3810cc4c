namespace Pipeline.Diffusion.Branches;

/// <summary>One row of a UNet batch.</summary>
/// <param name="Branch">Index of its branch in the layout.</param>
/// <param name="Half">Which half of guidance it computes.</param>
public readonly record struct BranchRow(int Branch, GuidanceHalf Half);
