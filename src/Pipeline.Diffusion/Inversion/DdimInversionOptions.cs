namespace Pipeline.Diffusion.Inversion;

/// <summary>Parameters of <see cref="DdimInversion"/>.</summary>
public sealed record DdimInversionOptions
{
    /// <summary>At which level the model is asked when a step goes up one level. Default next.</summary>
    public InversionTimestep InversionTimestep { get; init; } = InversionTimestep.Next;
}
