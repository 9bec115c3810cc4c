namespace Pipeline.Evaluation.Metrics;

/// <summary>Which windows SSIM is averaged over: the two answers that versions of torchmetrics give.</summary>
public enum SsimBorder
{
    /// <summary>Only windows that lie within the picture (versions before 1.4.2, and so the published tables of PIE-Bench). The default.</summary>
    Crop,

    /// <summary>A window at every pixel, the picture mirrored about its edges (1.4.2 and later).</summary>
    Full,
}
