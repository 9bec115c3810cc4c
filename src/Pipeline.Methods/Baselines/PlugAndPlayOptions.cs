namespace Pipeline.Methods.Baselines;

/// <summary>Settings of <see cref="PlugAndPlayEditor"/>.</summary>
public sealed record PlugAndPlayOptions : BaselineOptions
{
    /// <summary>Share of the steps, from the first, in which decoder features are the source's. Default 0.8 (paper: 40 of 50).</summary>
    public double FeaturesUntil { get; init; } = 0.8;

    /// <summary>Share of the steps in which queries and keys of self-attention are the source's. Default 0.5 (paper: 25 of 50).</summary>
    public double AttentionUntil { get; init; } = 0.5;

    /// <summary>Prompt of the source's inversion and reconstruction. Default empty (paper); null takes the request's source prompt.</summary>
    public string? SourceText { get; init; } = "";

    /// <summary>Whether the source is put back on its inversion path after every step (direct inversion); then its features are those of the inversion. Default false.</summary>
    public bool ResetSource { get; init; }

    /// <summary>
    /// Whether guidance leads away from the source prompt more and more: the unconditional prediction fades into that of the source prompt, linearly from the first step to the last. One more row an emotion. Default
    /// false.
    /// </summary>
    public bool FadingNegative { get; init; }

    /// <summary>The guidance of the authors' configuration for real pictures.</summary>
    public static PlugAndPlayOptions Official { get; } = new() { Guidance = 10 };

    /// <inheritdoc />
    public override void Check()
    {
        base.Check();
        EditException.Require(IsFraction(FeaturesUntil) && IsFraction(AttentionUntil), "featuresUntil and attentionUntil must lie in [0, 1]");
    }
}
