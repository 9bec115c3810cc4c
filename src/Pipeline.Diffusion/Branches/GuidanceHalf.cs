namespace Pipeline.Diffusion.Branches;

/// <summary>Which half of classifier-free guidance a batch row computes.</summary>
public enum GuidanceHalf
{
    /// <summary>The prediction under the empty, positive or negative prompt.</summary>
    Unconditional,

    /// <summary>The prediction under the branch's own prompt.</summary>
    Conditional,
}
