using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Null-text inversion: one unconditional embedding a step is optimised so that guided sampling under the source prompt follows the unguided inversion path.</summary>
/// <remarks>
/// R. Mokady, A. Hertz, K. Aberman, Y. Pritch, D. Cohen-Or, "Null-text Inversion for Editing Real Images using Guided Diffusion Models", 2022 (arXiv:2211.09794), algorithm 1. The published code adds a falling learning rate
/// and an early stop; the preset <c>paper</c> leaves both out. Gradients go through the UNet's cross-attention to the text alone and are taken layer by layer, so that a backward pass needs the memory of one layer. The
/// conditional prediction of a step, which does not depend on what is learned, is computed once; the published code repeats it.
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="schedule">Schedule; the authors use offset 0.</param>
/// <param name="steps">N.</param>
/// <param name="guidance">w of the optimisation and of the source branch while editing; the authors use 7.5.</param>
/// <param name="emptyContext">Text states of the empty prompt [1, L, X]; belongs to the caller.</param>
/// <param name="options">Settings.</param>
public sealed class NullTextInversion(INoisePredictor predictor, DdimOptions schedule, int steps, double guidance, Tensor emptyContext, NullTextOptions options)
    : DdimInversion(predictor, schedule, steps)
{
    /// <summary>Name of the embeddings [N, L, X], the noisiest step's first, in the artefact.</summary>
    public const string EmbeddingsName = "embeddings";

    /// <summary>Name of the losses [N, K] in the artefact, NaN where the optimisation had ended.</summary>
    public const string LossesName = "losses";

    /// <inheritdoc />
    public override string Name => "null-text";

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static new IInversionFactory Factory { get; } = new InversionFactory<NullTextOptions>(
        "null-text",
        new InversionTraits { Optimises = true, GuidedSource = true, GuidanceSource = 7.5 },
        [("official", new()), ("paper", NullTextOptions.Paper)],
        o => o.Problem,
        (o, c) => c.GuidanceSource == 1
            ? throw new DiffusionException("null-text inversion learns the unconditional text of a guided source: guidanceSource must not be 1 (the authors use 7.5)")
            : new NullTextInversion(c.Predictor, c.Ddim(), c.Plan.Steps, c.GuidanceSource, c.EmptyContext ?? throw new DiffusionException("null-text inversion needs the states of the empty prompt"), o),
        (o, steps) => steps * (3L + o.InnerSteps));

    /// <inheritdoc />
    public override InversionArtefact Compute(Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default)
    {
        using Tensor path = Path(latent, sourceContext, cancellation);
        return Compute([path], [sourceContext], cancellation)[0];
    }

    /// <summary>Optimises several pictures of one size together, each as if it were alone; the artefacts are the caller's.</summary>
    /// <param name="paths">z*_0..z*_N of each picture [N + 1, C, h, w], from <see cref="DdimInversion.Path"/>.</param>
    /// <param name="sourceContexts">Text states of each source prompt [1, L, X].</param>
    /// <param name="cancellation">Checked before every run of the model.</param>
    public IReadOnlyList<InversionArtefact> Compute(IReadOnlyList<Tensor> paths, IReadOnlyList<Tensor> sourceContexts, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var optimiser = new NullTextOptimiser(Predictor, new DdimScheduler(Options), guidance, options);
        (Tensor embeddings, Tensor losses) = optimiser.Run(stack(paths), cat([.. sourceContexts]), emptyContext, cancellation);
        return
        [
            .. paths.Select((path, b) => new InversionArtefact(
                (PathName, path.clone()), (EmbeddingsName, embeddings.select(0, b).clone()), (LossesName, losses.select(0, b).to(ScalarType.Float32)))),
        ];
    }

    /// <inheritdoc />
    public override ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact)
    {
        using var scope = NewDisposeScope();
        Tensor embeddings = artefact[EmbeddingsName];
        return embeddings.shape[0] == Steps
            ? new NullTextTrajectory(new DdimScheduler(Options), PathOf(artefact, latent), embeddings, options.SingleBranch)
            : throw new DiffusionException($"the stored embeddings are of {embeddings.shape[0]} steps, not {Steps}: invert again");
    }
}
