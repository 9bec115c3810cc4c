namespace Pipeline.Diffusion.Schedulers;

/// <summary>What the denoiser's output means.</summary>
public enum PredictionType
{
    /// <summary>The noise in the sample.</summary>
    Epsilon,

    /// <summary>Velocity, sqrt(ab)·noise − sqrt(1−ab)·x0 (Salimans and Ho, arXiv 2202.00512, appendix D).</summary>
    Velocity,

    /// <summary>The clean sample itself.</summary>
    Sample,
}
