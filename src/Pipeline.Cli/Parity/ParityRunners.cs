namespace Pipeline.Cli.Parity;

/// <summary>The kinds of reference cases this program can run.</summary>
public static class ParityRunners
{
    /// <summary>All runners; the first that recognises a case runs it, so the more particular ones come first.</summary>
    public static IReadOnlyList<IParityRunner> All { get; } =
    [
        new TokenizerParity(),
        new PillowResizeParity(),
        new ImageProcessorParity(),
        new AnyResolutionParity(),
        new ClipParity(),
        new ClipTextParity(),
        new ClipVisionParity(),
        new DinoParity(),
        new LlavaNextParity(),
        new Blip2Parity(),
        new StableDiffusionTextParity(),
        new UNetParity(),
        new AutoencoderParity(),
        new SchedulerParity(),
        new VirtualInversionParity(),
        new SequenceAlignerParity(),
        new StyleDiffusionParity(),
        new PromptToPromptParity(),
        new DirectInversionParity(),
        new NegativePromptParity(),
        new EditFriendlyParity(),
        new NullTextParity(),
    ];
}
