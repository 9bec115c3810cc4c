namespace Pipeline.Diffusion.Inversion;

/// <summary>What an editing method has to know of an inversion before it runs, and the settings that its authors run it with.</summary>
public sealed record InversionTraits
{
    /// <summary>
    /// Whether all branches are noised together around z_0 at every step: then latents may be blended with soft masks, a layout branch makes sense, and any timesteps will do. Elsewhere soft
    /// blending shrinks the noise (use hard masks), and timesteps must be leading ones.
    /// </summary>
    public bool SharedNoise { get; init; }

    /// <summary>Whether the source branch is reconstructed under guidance (w_s other than 1), so that it needs its unconditional row.</summary>
    public bool GuidedSource { get; init; }

    /// <summary>Whether <see cref="IInversion.Compute"/> computes the DDIM path and nothing else, whatever the inversion's own parameters: such artefacts are the same and shared.</summary>
    public bool OnlyPath { get; init; }

    /// <summary>Whether <see cref="IInversion.Compute"/> optimises: minutes instead of seconds, and worth keeping whatever it costs to store.</summary>
    public bool Optimises { get; init; }

    /// <summary>Whether <see cref="IInversion.Compute"/> reads the picture's tokens by CLIP, <see cref="InversionContext.ImageTokens"/>.</summary>
    public bool ReadsImageTokens { get; init; }

    /// <summary>Steps of the authors' runs.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Timestep rule of the authors' runs.</summary>
    public TimestepRule Timesteps { get; init; } = TimestepRule.Leading;

    /// <summary>Offset of leading timesteps in the authors' runs.</summary>
    public int StepsOffset { get; init; }

    /// <summary>w_s of the authors' runs.</summary>
    public double GuidanceSource { get; init; } = 1;

    /// <summary>w_t of the authors' runs.</summary>
    public double GuidanceTarget { get; init; } = 7.5;
}
