namespace Pipeline.Models.Layers;

/// <summary>How a parameter starts when no checkpoint gives it.</summary>
public enum InitKind
{
    /// <summary>All 0.</summary>
    Zeros,

    /// <summary>All 1.</summary>
    Ones,

    /// <summary>Normal with mean 0 and standard deviation <see cref="Init.Value"/>.</summary>
    Normal,

    /// <summary>
    /// Uniform in ±1/√fan-in, PyTorch's default of linear and convolution layers; <see cref="Init.Value"/> is the fan-in, or 0 to take it from
    /// the shape (product of all sizes but the first).
    /// </summary>
    KaimingUniform,

    /// <summary>All <see cref="Init.Value"/>.</summary>
    Constant,
}
