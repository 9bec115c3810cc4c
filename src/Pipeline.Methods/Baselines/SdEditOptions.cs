using System.Text.Json.Serialization;

namespace Pipeline.Methods.Baselines;

/// <summary>Settings of <see cref="SdEditEditor"/>.</summary>
public sealed record SdEditOptions : BaselineOptions
{
    /// <summary>s in [0, 1]: how much of the noise is put on the picture. 0 returns it, 1 starts from pure noise. Default 0.75 (StyleDiffusion does not say which it compares with; sweep it).</summary>
    public double Strength { get; init; } = 0.75;

    /// <summary>Fresh noise per step, [0, 1]: 0 is DDIM, 1 is nearer to the stochastic equation of the paper. Default 0.</summary>
    public double Eta { get; init; }

    /// <summary>Index of the first step, round((1 - s) N).</summary>
    internal int FirstStep => (int)Math.Floor((1 - Strength) * Steps + 0.5);

    /// <summary>Steps that are run.</summary>
    [JsonIgnore]
    public int VisitedSteps => Steps - FirstStep;

    /// <inheritdoc />
    public override void Check()
    {
        base.Check();
        EditException.Require(IsFraction(Strength) && IsFraction(Eta), "strength and eta must lie in [0, 1]");
    }
}
