namespace Pipeline.Diffusion.Inversion;

/// <summary>Parameters of <see cref="EditFriendlyInversion"/>. Defaults are the authors'.</summary>
public sealed record EditFriendlyOptions
{
    /// <summary>Share of the steps, the noisiest, that sampling leaves out, [0, 1]: the more, the closer to the picture. Default 0.36 (36 of 100).</summary>
    public double Skip { get; init; } = 0.36;

    /// <summary>Share of the steps' noise, (0, 1]. Default 1; the published code takes its first power under the root, which is DDIM's only at 1.</summary>
    public double Eta { get; init; } = 1;

    /// <summary>Whether the last step's map is kept. Default false, as in the published code, which sets it to 0; kept, the picture's latent comes back to rounding.</summary>
    public bool KeepLastMap { get; init; }

    internal string? Problem =>
        Skip is not (>= 0 and < 1) ? $"skip must lie in [0, 1), got {Skip}"
        : Eta is not (> 0 and <= 1) ? $"eta must lie in (0, 1], got {Eta}: without noise there are no maps"
        : null;
}
