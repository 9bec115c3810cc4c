namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>Parameters of <see cref="StyleDiffusionInversion"/>; defaults are the authors' code.</summary>
public sealed record StyleInversionOptions
{
    /// <summary>See <see cref="StyleDiffusion.ValuePath"/>. Default film.</summary>
    public ValuePath ValuePath { get; init; } = ValuePath.Film;

    /// <summary>See <see cref="MappingInit"/>. Default framework.</summary>
    public MappingInit Init { get; init; } = MappingInit.Framework;

    /// <summary>See <see cref="ValuePathOptions.InnerSteps"/>. Default 100.</summary>
    public int InnerSteps { get; init; } = 100;

    /// <summary>See <see cref="ValuePathOptions.LearningRate"/>. Default 0.01.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>See <see cref="ValuePathOptions.EarlyStop"/>. Default 1e-5.</summary>
    public double EarlyStop { get; init; } = 1e-5;

    /// <summary>See <see cref="ValuePathOptions.EarlyStopGrowth"/>. Default 2e-5.</summary>
    public double EarlyStopGrowth { get; init; } = 2e-5;

    /// <summary>See <see cref="ValuePathOptions.AttentionLoss"/>. Default true.</summary>
    public bool AttentionLoss { get; init; } = true;

    /// <summary>tau_v: targets take the networks while step &lt; tau_v N. Default 0.5. Decides edits, not what is trained.</summary>
    public double ValueUntil { get; init; } = 0.5;

    /// <summary>The paper's text: the networks' output is the value input, small Gaussian weights, learning rate 0.0001.</summary>
    public static StyleInversionOptions Paper { get; } = new() { ValuePath = ValuePath.Direct, Init = MappingInit.Gaussian, LearningRate = 1e-4 };

    /// <summary>What is impossible about these options, or null.</summary>
    public string? Problem =>
        InnerSteps is < 0 or > 10_000 ? "innerSteps must lie in 0..10000"
        : !(LearningRate > 0 && LearningRate <= 1) ? "learningRate must lie in (0, 1]"
        : !(EarlyStop >= 0 && EarlyStopGrowth >= 0 && double.IsFinite(EarlyStop + EarlyStopGrowth)) ? "earlyStop and earlyStopGrowth must be finite and not negative"
        : ValueUntil is not (>= 0 and <= 1) ? "valueUntil must lie in [0, 1]"
        : Init == MappingInit.Identity && ValuePath != ValuePath.Film ? "init identity needs valuePath film"
        : null;

    /// <summary>The training settings at a guidance scale.</summary>
    internal ValuePathOptions Training(double guidance) => new()
    {
        Path = ValuePath, Guidance = guidance, InnerSteps = InnerSteps, LearningRate = LearningRate, EarlyStop = EarlyStop, EarlyStopGrowth = EarlyStopGrowth, AttentionLoss = AttentionLoss,
    };
}
