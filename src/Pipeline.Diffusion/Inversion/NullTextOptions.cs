namespace Pipeline.Diffusion.Inversion;

/// <summary>Parameters of <see cref="NullTextInversion"/>. Defaults are the authors' code's.</summary>
public sealed record NullTextOptions
{
    /// <summary>K, most optimisation steps a denoising step, 0 to 1000. Default 10.</summary>
    public int InnerSteps { get; init; } = 10;

    /// <summary>Adam's learning rate in the first denoising step. Default 0.01.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>What every denoising step takes off the rate: rate (1 - i decay). Default 0.01 (code); 0 in the paper.</summary>
    public double LearningRateDecay { get; init; } = 0.01;

    /// <summary>Optimising a denoising step ends when its loss is below this, plus i times <see cref="StopGrowth"/>. Default 1e-5 (code); 0, never, in the paper.</summary>
    public double StopBelow { get; init; } = 1e-5;

    /// <summary>See <see cref="StopBelow"/>. Default 2e-5 (code).</summary>
    public double StopGrowth { get; init; } = 2e-5;

    /// <summary>Whether only the source branch takes the learned embeddings while editing. Default false; true is an ablation of the direct-inversion benchmark.</summary>
    public bool SingleBranch { get; init; }

    /// <summary>The algorithm as printed: constant rate, no early stop.</summary>
    public static NullTextOptions Paper { get; } = new() { LearningRateDecay = 0, StopBelow = 0, StopGrowth = 0 };

    internal string? Problem =>
        InnerSteps is < 0 or > 1000 ? $"innerSteps must lie in 0..1000, got {InnerSteps}"
        : LearningRate is not (> 0 and <= 10) ? $"learningRate must lie in (0, 10], got {LearningRate}"
        : LearningRateDecay is not (>= 0 and <= 1) ? $"learningRateDecay must lie in [0, 1], got {LearningRateDecay}"
        : !(StopBelow >= 0 && StopGrowth >= 0 && double.IsFinite(StopBelow + StopGrowth)) ? "stopBelow and stopGrowth must be finite and not negative"
        : null;

    /// <summary>Adam's rate in denoising step i; never below 0.</summary>
    internal double Rate(int i) => LearningRate * Math.Max(0, 1 - (i * LearningRateDecay));
}
