using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>StyleDiffusion as an inversion: the artefact holds the inversion path, the picture's image tokens and the mapping network of every step; the trajectory feeds the value path while editing.</summary>
/// <remarks>
/// S. Li et al., 2023 (arXiv:2303.15649). At Stable Diffusion's sizes an artefact is 9.4 MB for 30 steps, 1.9 MB of path and 0.6 MB of tokens. The first network is drawn from a stream that does not depend on the
/// job's seed, so that all edits of a picture share one artefact.
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="schedule">Schedule; the family of code uses offset 0.</param>
/// <param name="steps">N.</param>
/// <param name="guidance">w of source and reconstruction.</param>
/// <param name="options">Settings.</param>
/// <param name="imageTokens">E(x) [1, N_image, X]; needed to compute, not to restore; belongs to the caller.</param>
/// <param name="emptyContext">Text states of the empty prompt [1, L, X]; needed to compute; belongs to the caller.</param>
public sealed class StyleDiffusionInversion(
    INoisePredictor predictor, DdimOptions schedule, int steps, double guidance, StyleInversionOptions options, Tensor? imageTokens, Tensor? emptyContext) : IInversion
{
    private const string Tokens = "image_tokens";

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static IInversionFactory Factory { get; } = new InversionFactory<StyleInversionOptions>(
        "stylediffusion",
        new InversionTraits { GuidedSource = true, Optimises = true, ReadsImageTokens = true, Steps = 30, GuidanceSource = 7.5 },
        [("code", new StyleInversionOptions()), ("paper", StyleInversionOptions.Paper)],
        options => options.Problem,
        (options, c) => new StyleDiffusionInversion(c.Predictor, c.Ddim(), c.Plan.Steps, c.GuidanceSource, options, c.ImageTokens, c.EmptyContext),
        (options, steps) => 4L * steps + Enumerable.Range(0, steps).Sum(i => 3L * options.Training(1).InnerStepsAt(i))); // path, reference maps, two predictions a step; a backward pass counts as two

    /// <inheritdoc />
    public string Name => "stylediffusion";

    /// <inheritdoc />
    public InversionArtefact Compute(Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default)
    {
        if (imageTokens is null || emptyContext is null)
        {
            throw new DiffusionException("inversion 'stylediffusion' needs the image tokens of the picture and the states of the empty prompt: use the method 'stylediffusion' with a CLIP in the model folder");
        }

        using var scope = NewDisposeScope();
        Tensor path = new DdimInversion(predictor, schedule, steps).Path(latent, sourceContext, cancellation);
        Tensor tokens = FitTo(imageTokens, sourceContext.shape[2]);
        using MappingNetwork first = MappingNetwork.Create(
            (int)tokens.shape[1], (int)sourceContext.shape[1], options.ValuePath, options.Init, new NoiseSource(0, "stylediffusion"), latent.device);
        using ValuePathTraining training = new ValuePathTrainer(predictor, schedule, options.Training(guidance)).Train(path, sourceContext, emptyContext, tokens, first, null, cancellation);
        IEnumerable<(string, Tensor)> networks = MappingNetwork.Names.Select((name, i) => (name, stack(training.Networks.Select(n => n.Parameters[i].detach())))); // [N, ...]
        return new InversionArtefact([(DdimInversion.PathName, path), (Tokens, tokens.clone()), .. networks]);
    }

    /// <inheritdoc />
    public ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact)
    {
        Tensor path = artefact[DdimInversion.PathName];
        if (path.shape[0] != steps + 1)
        {
            throw new DiffusionException($"the stored path has {path.shape[0] - 1} steps, not {steps}: invert again");
        }

        using var scope = NewDisposeScope();
        return new StyleTrajectory(new InvertedTrajectory(new DdimScheduler(schedule), DdimInversion.From(path, latent), false, null), options, Outputs(artefact));
    }

    /// <summary>The outputs of the stored networks for the stored picture, one [1, channels, X] a step, noisiest first; each the caller's.</summary>
    /// <exception cref="DiffusionException">The artefact is not one of this inversion.</exception>
    public static IReadOnlyList<Tensor> Outputs(InversionArtefact artefact)
    {
        ArgumentNullException.ThrowIfNull(artefact);
        using IDisposable frozen = no_grad();
        Tensor tokens = artefact[Tokens];
        int count = (int)artefact[MappingNetwork.Names[0]].shape[0];
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            using var scope = NewDisposeScope();
            using MappingNetwork network = MappingNetwork.From(key => artefact[key].select(0, i));
            return network.Forward(tokens).DetachFromDisposeScope();
        })];
    }

    // Mapping networks mix tokens and leave widths alone, so both encoders need one width: 768 in Stable Diffusion 1 with ViT-B/16. Another pair is brought together by linear interpolation over the features.
    private static Tensor FitTo(Tensor tokens, long width) => tokens.shape[2] == width
        ? tokens
        : nn.functional.interpolate(tokens.unsqueeze(1), [tokens.shape[1], width], null, InterpolationMode.Bilinear, false).squeeze(1);
}
