namespace Pipeline.Diffusion.Branches;

/// <summary>One latent of an editing run and what its guidance needs.</summary>
/// <param name="Group">Which picture it belongs to, from 0; branches see each other only within a group.</param>
/// <param name="Kind">Its role.</param>
/// <param name="Target">Which target of the group it is, or serves (mutual), from 0; -1 for the source.</param>
/// <param name="GuidanceScale">w of classifier-free guidance; 1 is "conditional only".</param>
/// <param name="KeepUnconditional">Computes the unconditional row although w = 1 does not need it, for controls that read it.</param>
public readonly record struct Branch(int Group, BranchKind Kind, int Target, double GuidanceScale, bool KeepUnconditional = false)
{
    /// <summary>Whether the UNet batch has an unconditional row for this branch.</summary>
    public bool HasUnconditional => KeepUnconditional || GuidanceScale != 1.0;
}
