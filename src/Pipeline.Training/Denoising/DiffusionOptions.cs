using Pipeline.Training.Runs;

namespace Pipeline.Training.Denoising;

/// <summary>Settings of <see cref="DiffusionTask"/>, the <c>task</c> section of its configuration.</summary>
public sealed record DiffusionOptions
{
    /// <summary>γ of the min-SNR weights: steps with a better signal-to-noise ratio count no more than this one.</summary>
    public double SnrLimit { get; init; } = 5;

    /// <summary>Share of samples without their caption, for classifier-free guidance.</summary>
    public double DropShare { get; init; } = 0.1;

    /// <summary>Weight of the loss that draws the attention of words to where their things are (see <see cref="WordAttentionLoss"/>); 0 leaves it out.</summary>
    public double WordWeight { get; init; } = 0.01;

    /// <summary>Guidance scale of the pictures that a finished run is judged by.</summary>
    public double SampleGuidance { get; init; } = 3;

    /// <summary>DDIM steps of these pictures.</summary>
    public int SampleSteps { get; init; } = 20;

    /// <summary>How many are made.</summary>
    public int Samples { get; init; } = 64;

    /// <summary>Whether the exported weights are float16.</summary>
    public bool Half { get; init; }

    /// <exception cref="TrainingException">A value is out of range.</exception>
    internal void Check()
    {
        string? problem = !(SnrLimit > 0) ? "snrLimit must be positive"
            : !(DropShare is >= 0 and < 1) ? "dropShare must lie in [0, 1)"
            : !(WordWeight >= 0) || !double.IsFinite(WordWeight) ? "wordWeight must be a number that is not negative"
            : !(SampleGuidance >= 0) || !double.IsFinite(SampleGuidance) ? "sampleGuidance must be a number that is not negative"
            : SampleSteps is < 1 or > 1000 ? "sampleSteps must lie between 1 and 1000"
            : Samples is < 2 or > 4096 ? "samples must lie between 2 and 4096"
            : null;
        if (problem is not null)
        {
            throw new TrainingException($"task: {problem}");
        }
    }
}
