namespace Pipeline.Diffusion.Branches;

/// <summary>The role of one latent in an editing run.</summary>
public enum BranchKind
{
    /// <summary>Reconstructs the picture under its own prompt; one per picture, shared by all its targets.</summary>
    Source,

    /// <summary>Becomes the edited picture.</summary>
    Target,

    /// <summary>The layout branch of virtual inversion: source prompt, own latent, takes the appearance of the source; one per target where it is needed.</summary>
    Mutual,
}
