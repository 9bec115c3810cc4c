namespace Pipeline.Models.Layers;

/// <summary>How a parameter starts when no checkpoint gives it.</summary>
/// <param name="Kind">The distribution.</param>
/// <param name="Value">Its number, see <see cref="InitKind"/>.</param>
public readonly record struct Init(InitKind Kind, double Value = 0)
{
    /// <summary>All 0.</summary>
    public static Init Zeros => new(InitKind.Zeros);

    /// <summary>All 1.</summary>
    public static Init Ones => new(InitKind.Ones);

    /// <summary>PyTorch's default of linear and convolution layers.</summary>
    public static Init KaimingUniform => new(InitKind.KaimingUniform);

    /// <summary>Normal with mean 0.</summary>
    public static Init Normal(double deviation) => new(InitKind.Normal, deviation);
}
