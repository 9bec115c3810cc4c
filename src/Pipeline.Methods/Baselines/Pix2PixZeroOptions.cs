namespace Pipeline.Methods.Baselines;

/// <summary>Settings of <see cref="Pix2PixZeroEditor"/>; defaults are the authors' code.</summary>
public sealed record Pix2PixZeroOptions : BaselineOptions
{
    /// <summary>Settings with the authors' guidance of 5.</summary>
    public Pix2PixZeroOptions() => Guidance = 5;

    /// <summary>Learning rate of cross-attention guidance. Default 0.1; 0 leaves it out.</summary>
    public double CrossAttentionRate { get; init; } = 0.1;

    /// <summary>Rounds of noise regularisation after every prediction of the inversion. Default 5; 0 is plain DDIM inversion at the current level.</summary>
    public int RegularisationRounds { get; init; } = 5;

    /// <summary>
    /// Folder of direction files, one an emotion: <c>joy.safetensors</c> with a tensor <c>direction</c> [1, L, X], or <c>joy.txt</c> with sentences about the target beside <c>source.txt</c> with sentences about
    /// the source, one a line. Default null: the direction is from the source prompt to the target prompt.
    /// </summary>
    public string? Directions { get; init; }

    /// <summary>Digest of <see cref="Directions"/>'s files, filled in when parameters are brought into their normal form: other files are other results.</summary>
    public string? DirectionsDigest { get; init; }

    /// <summary>Factor on the direction. Default 1; 0 reconstructs.</summary>
    public double DirectionScale { get; init; } = 1;

    /// <inheritdoc />
    public override void Check()
    {
        base.Check();
        EditException.Require(Steps >= 3, "pix2pix-zero needs at least 3 steps: its inversion leaves out the first and the last");
        EditException.Require(CrossAttentionRate >= 0 && double.IsFinite(CrossAttentionRate) && double.IsFinite(DirectionScale), "crossAttentionRate and directionScale must be finite, the rate not negative");
        EditException.Require(RegularisationRounds is >= 0 and <= 100, "regularisationRounds must lie in 0..100");
    }
}
