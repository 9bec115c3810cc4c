namespace Pipeline.Models.StableDiffusion;

/// <summary>What follows the residual blocks of an autoencoder's level.</summary>
public enum AutoencoderResampling
{
    /// <summary>Nothing: the last level.</summary>
    None,

    /// <summary>Half the resolution, padded at the bottom and right only.</summary>
    Down,

    /// <summary>Twice the resolution.</summary>
    Up,
}
