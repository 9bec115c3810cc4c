using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>
/// Edit-friendly DDPM inversion: noise maps with which the stochastic sampler returns the picture. The noised latents are drawn independently level by level, so the maps are larger than native noise and carry the
/// picture's structure into an edit.
/// </summary>
/// <remarks>
/// I. Huberman-Spiegelglas, V. Kulikov, T. Michaeli, "An Edit Friendly DDPM Noise Space", 2023 (arXiv:2304.06140), algorithm 1. All noised latents are known before any prediction, so the N predictions run in
/// batches; the published loop runs them one by one and recomputes every latent from its map, which is the same but for rounding.
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="schedule">Schedule; the authors use 100 steps with offset 1.</param>
/// <param name="steps">N.</param>
/// <param name="guidance">w_s, guidance under the source prompt; the authors use 3.5.</param>
/// <param name="emptyContext">Text states of the empty prompt [1, L, X]; needed unless <paramref name="guidance"/> is 1; belongs to the caller.</param>
/// <param name="options">Settings.</param>
/// <param name="batchRows">Most UNet rows at once. Decides speed and memory, not results.</param>
public sealed class EditFriendlyInversion(
    INoisePredictor predictor, DdimOptions schedule, int steps, double guidance, Tensor? emptyContext, EditFriendlyOptions options, int batchRows = 16) : IInversion
{
    /// <summary>Name of the maps [N, C, h, w], the last step's first, in the artefact.</summary>
    public const string MapsName = "maps";

    /// <inheritdoc />
    public string Name => "edit-friendly";

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static IInversionFactory Factory { get; } = new InversionFactory<EditFriendlyOptions>(
        "edit-friendly",
        new InversionTraits { GuidedSource = true, Steps = 100, StepsOffset = 1, GuidanceSource = 3.5, GuidanceTarget = 15 },
        [("official", new()), ("exact", new() { KeepLastMap = true })],
        o => o.Problem,
        (o, c) => new EditFriendlyInversion(c.Predictor, c.Ddim(), c.Plan.Steps, c.GuidanceSource, c.EmptyContext, o),
        (_, steps) => 2L * steps);

    /// <inheritdoc />
    public InversionArtefact Compute(Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var scheduler = new DdimScheduler(schedule);
        int[] timesteps = scheduler.Timesteps(steps);
        int stride = scheduler.Stride(steps);
        Tensor levels = cat([.. Enumerable.Range(0, steps + 1).Select(i => Level(scheduler, timesteps, i, latent, noise))]); // [N + 1, C, h, w], the picture first
        List<Tensor> maps = [];
        int together = Math.Max(1, batchRows / (guidance == 1 ? 1 : 2));
        for (int first = 0; first < steps; first += together)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(together, steps - first);
            int[] ts = [.. Enumerable.Range(first, count).Select(i => timesteps[steps - 1 - i])]; // of the levels first + 1 ..
            Tensor e = Predict(levels.narrow(0, first + 1, count), ts, sourceContext);
            for (int i = 0; i < count; i++)
            {
                var step = new EditFriendlyStep(scheduler, ts[i], ts[i] - stride, options.Eta);
                Tensor mean = step.Mean(levels.narrow(0, first + i + 1, 1), e.narrow(0, i, 1));
                maps.Add(first + i == 0 && !options.KeepLastMap ? zeros_like(mean) : step.Map(levels.narrow(0, first + i, 1), mean));
            }
        }

        return new InversionArtefact((MapsName, cat(maps)));
    }

    /// <inheritdoc />
    public ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact)
    {
        Tensor maps = artefact[MapsName];
        if (maps.shape[0] != steps)
        {
            throw new DiffusionException($"the stored maps are of {maps.shape[0]} steps, not {steps}: invert again");
        }

        var scheduler = new DdimScheduler(schedule);
        int[] timesteps = scheduler.Timesteps(steps);
        int skip = (int)Math.Floor((options.Skip * steps) + 1e-9);
        using Tensor start = Level(scheduler, timesteps, steps - skip, latent, noise);
        return new EditFriendlyTrajectory(scheduler, timesteps, skip, options.Eta, start, maps);
    }

    /// <summary>x_i [1, C, h, w], i = 0 the picture, N the noisiest: sqrt(ab) x_0 + sqrt(1 - ab) n_i with its own n_i. Owned by the caller.</summary>
    public Tensor Level(Tensor latent, INoiseSource noise, int level)
    {
        var scheduler = new DdimScheduler(schedule);
        return Level(scheduler, scheduler.Timesteps(steps), level, latent, noise);
    }

    private Tensor Level(DdimScheduler scheduler, int[] timesteps, int level, Tensor latent, INoiseSource noise)
    {
        if (level == 0)
        {
            return latent.clone();
        }

        using var scope = NewDisposeScope();
        Tensor n = noise.NormalTensor($"edit-friendly/level/{level}", latent.shape, latent.device).to_type(latent.dtype);
        return scheduler.Noise.AddNoise(latent, n, timesteps[steps - level]).MoveToOuterDisposeScope();
    }

    // e of latents [n, C, h, w], each at its own timestep, guided
    private Tensor Predict(Tensor latents, int[] timesteps, Tensor context)
    {
        using var scope = NewDisposeScope();
        Tensor conditional = context.expand(latents.shape[0], -1, -1);
        if (guidance == 1)
        {
            return predictor.PredictEach(latents, timesteps, conditional).MoveToOuterDisposeScope();
        }

        Tensor empty = emptyContext ?? throw new DiffusionException("edit-friendly inversion with guidance needs the states of the empty prompt");
        Tensor rows = predictor.PredictEach(cat([latents, latents]), [.. timesteps, .. timesteps], cat([empty.expand_as(conditional), conditional])); // [2n, C, h, w]
        Tensor[] halves = rows.chunk(2, 0);
        return ClassifierFreeGuidance.Mix(halves[0], halves[1], guidance).MoveToOuterDisposeScope();
    }
}
