namespace Pipeline.Diffusion.Inversion;

/// <summary>Parameters of <see cref="NegativePromptInversion"/>.</summary>
public sealed record NegativePromptOptions
{
    /// <summary>Share of the empty prompt in the unconditional text, [0, 1]. Default 0 (paper).</summary>
    public double Interpolation { get; init; }

    internal string? Problem => Interpolation is >= 0 and <= 1 ? null : $"interpolation must lie in [0, 1], got {Interpolation}";
}
