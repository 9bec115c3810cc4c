namespace Pipeline.Diffusion.Inversion;

/// <summary>Parameters of <see cref="DirectInversion"/>. The defaults set the source back to its path; any other value takes the published form with offsets.</summary>
public sealed record DirectOptions
{
    /// <summary>Whether the source is corrected by offsets that an extra pass computes, as published, instead of being set back. Default false: the same result but for rounding, and cheaper.</summary>
    public bool Offsets { get; init; }

    /// <summary>Share of each offset that is added (ablation), [0, 1]. Default 1; 0 is DDIM inversion.</summary>
    public double OffsetScale { get; init; } = 1;

    /// <summary>Adds the offset of every k-th step only, the first among them (ablation), at least 1. Default 1.</summary>
    public int EveryKSteps { get; init; } = 1;

    /// <summary>Whether targets get the source's offsets too (ablation). Default false.</summary>
    public bool OffsetTargets { get; init; }

    /// <summary>The published form.</summary>
    public static DirectOptions Official { get; } = new() { Offsets = true };

    /// <summary>Whether the source is simply set back to its path.</summary>
    internal bool Resets => !Offsets && OffsetScale == 1 && EveryKSteps == 1 && !OffsetTargets;

    internal string? Problem =>
        OffsetScale is not (>= 0 and <= 1) ? $"offsetScale must lie in [0, 1], got {OffsetScale}"
        : EveryKSteps is < 1 or > 1000 ? $"everyKSteps must lie in 1..1000, got {EveryKSteps}"
        : null;
}
