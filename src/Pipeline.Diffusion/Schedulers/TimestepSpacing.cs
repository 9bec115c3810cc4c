namespace Pipeline.Diffusion.Schedulers;

/// <summary>How sampling timesteps are taken from the training timesteps (Lin et al., arXiv 2305.08891, table 2).</summary>
public enum TimestepSpacing
{
    /// <summary>Multiples of T div n, from below, plus an offset: never reaches T − 1.</summary>
    Leading,

    /// <summary>Multiples of T / n from above, minus one: always starts at T − 1.</summary>
    Trailing,

    /// <summary>Equally spaced, both ends included.</summary>
    Linspace,
}
