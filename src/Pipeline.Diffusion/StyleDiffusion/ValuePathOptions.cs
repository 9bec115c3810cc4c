namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>Settings of <see cref="ValuePathTrainer"/>; defaults are the authors' code.</summary>
public sealed record ValuePathOptions
{
    /// <summary>Film or direct. Default film (authors' code).</summary>
    public ValuePath Path { get; init; } = ValuePath.Film;

    /// <summary>w of the reconstruction. Default 7.5.</summary>
    public double Guidance { get; init; } = 7.5;

    /// <summary>Most optimisation steps of sampling step 0; step i takes ceil(InnerSteps exp(-0.1 i)). Default 100. 0 trains nothing.</summary>
    public int InnerSteps { get; init; } = 100;

    /// <summary>Adam's learning rate of step 0; step i takes LearningRate (1 - i / 100). Default 0.01 (the paper: 0.0001).</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Step i stops once its loss is below EarlyStop + i EarlyStopGrowth. Default 1e-5.</summary>
    public double EarlyStop { get; init; } = 1e-5;

    /// <summary>See <see cref="EarlyStop"/>. Default 2e-5.</summary>
    public double EarlyStopGrowth { get; init; } = 2e-5;

    /// <summary>Whether the loss compares attention maps as well. Default true; false is the paper's ablation.</summary>
    public bool AttentionLoss { get; init; } = true;

    /// <summary>ceil(InnerSteps exp(-0.1 i)): 100, 91, 82, 75, 68, ..., 6.</summary>
    public int InnerStepsAt(int step) => (int)Math.Ceiling(InnerSteps * Math.Exp(-0.1 * step));
}
