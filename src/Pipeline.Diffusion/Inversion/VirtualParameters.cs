namespace Pipeline.Diffusion.Inversion;

/// <summary>Parameters of <see cref="VirtualInversion"/> beside those it shares with the edit.</summary>
public sealed record VirtualParameters
{
    /// <summary>See <see cref="VirtualInversionOptions.OfficialDirection"/>. Default false.</summary>
    public bool OfficialDirection { get; init; }
}
