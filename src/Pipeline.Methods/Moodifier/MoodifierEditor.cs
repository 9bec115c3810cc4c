using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;
using static TorchSharp.torch;

namespace Pipeline.Methods.Moodifier;

/// <summary>
/// Moodifier: training-free emotion editing. A language model's prompts P_src, P_E and stimulus map M_E steer virtual inversion with refined cross-attention, shared self-attention and a latent blend.
/// </summary>
/// <remarks>
/// Moodifier / MoodifyCLIP, Algorithm 1, eq. 6 and 7, written from the paper's excerpt; its gaps and the differences from the authors' code are in <c>docs/methods/moodifier.md</c>. Lines 1 and 2 of the algorithm (prompts
/// and map) happen before; this class is lines 3 to 8. All emotions of a picture run in one UNet batch with one source branch: (1 + 2K) N sample-forwards at w_s = 1.
/// </remarks>
/// <param name="model">The diffusion model; belongs to the caller.</param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock of the timings in results; the system's by default.</param>
/// <param name="imageTokens">All tokens of a picture by CLIP's image tower [1, N, X], the caller's, for the inversion that reads them; null where there is no CLIP.</param>
public sealed class MoodifierEditor(IDiffusionModel model, MoodifierOptions options, TimeProvider? time = null, Func<RgbImage, Tensor>? imageTokens = null) : IEditMethod, IDisposable
{
    private readonly TextCache texts = new(model);
    private readonly KnownSources sources = new();
    private readonly PictureCanvas canvas = new(model, options.LongSide, options.MinLongSide, options.SizeMultiple);

    /// <inheritdoc />
    public string Name => "moodifier";

    /// <summary>z_0 [1, C, h, w] of a picture at its working size, for <see cref="EditRequest.Latent"/>. Owned by the caller.</summary>
    public Tensor EncodeSource(RgbImage image) => canvas.Encode(canvas.AtWorkingSize(image));

    /// <summary>
    /// What the inversion computes of a picture under a source prompt, for <see cref="EditRequest.Inverted"/>, and its UNet sample-forwards. Owned by the caller; empty for virtual inversion.
    /// </summary>
    /// <param name="image">The picture.</param>
    /// <param name="latent">z_0 of the picture, from <see cref="EncodeSource"/>.</param>
    /// <param name="sourcePrompt">P_src.</param>
    /// <param name="sourceDigest">Digest of the picture, which decides the noise.</param>
    /// <param name="cancellation">Checked before every run of the model.</param>
    /// <exception cref="EditException">The options cannot be served.</exception>
    public (InversionArtefact Artefact, long SampleForwards) Invert(
        RgbImage image, Tensor latent, string sourcePrompt, string sourceDigest, CancellationToken cancellation = default)
    {
        options.Check();
        using var scope = NewDisposeScope();
        SharedTexts shared = Shared(sourcePrompt);
        var inversion = new MoodifierInversion(options, model, shared.Source.States, shared.Empty?.States, sourceDigest, Tokens(canvas.AtWorkingSize(image)));
        InversionArtefact artefact = inversion.Compute(latent, cancellation);
        return (artefact, inversion.SampleForwards);
    }

    /// <inheritdoc />
    public EditResult Edit(EditRequest request, IProgress<EditProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        request.Check();
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var clock = new EditClock(time ?? TimeProvider.System);

        RgbImage working = clock.Measure("encode", () => canvas.AtWorkingSize(request.Image));
        Tensor z0 = clock.Measure("encode", () => request.Latent is { } given ? canvas.Checked(given, working) : canvas.Encode(working));
        SharedTexts shared = clock.Measure("text", () => Shared(request.SourcePrompt));
        EmotionJob[] jobs = clock.Measure("text", () => request.Emotions.Select((edit, i) => Prepare(edit, i, request, shared)).ToArray());

        IReadOnlyList<IReadOnlyList<SeedGroup>> batches =
            BatchSplit.Split(jobs, MoodifierRun.SourceRows(options), job => MoodifierRun.TargetRows(options, job), options.MaxBatchRows);
        var inversion = new MoodifierInversion(options, model, shared.Source.States, shared.Empty?.States, request.SourceDigest, request.Inverted is null ? Tokens(working) : null);
        using InversionArtefact? made = request.Inverted is null ? clock.Measure("invert", () => inversion.Compute(z0, cancellation)) : null;
        IReadOnlyList<int> timesteps = [];
        EditedImage[] images = new EditedImage[jobs.Length];
        long forwards = inversion.SampleForwards;
        for (int b = 0; b < batches.Count; b++)
        {
            using var batchScope = NewDisposeScope();
            using var run = new MoodifierRun(options, model, z0, shared, inversion, request.Inverted ?? made!, batches[b], seed => sources.Of(z0, request.SourcePrompt, seed));
            timesteps = run.Timesteps;
            (int done, long before) = (b * timesteps.Count, forwards);
            IReadOnlyList<Tensor> results = clock.Measure("diffuse", () => run.Run(
                model.Noise, k => progress?.Report(new EditProgress(done + k, batches.Count * timesteps.Count, before + run.ForwardsUntil(k))), cancellation));
            forwards += run.SampleForwards;
            clock.Measure("decode", () => Collect(request, working, shared, run, results, images, cancellation));
        }

        var timings = new EditTimings(clock["encode"], clock["text"], clock["invert"] + clock["diffuse"], clock["decode"]);
        return new EditResult(Name, images, working.Width, working.Height, timesteps, forwards, timings);
    }

    /// <summary>Frees the cached text states and predictions.</summary>
    public void Dispose()
    {
        texts.Dispose();
        sources.Dispose();
    }

    private SharedTexts Shared(string source) => new(
        texts.Encode(source),
        texts.Encode(options.PositivePrompt),
        texts.Encode(options.NegativePrompt),
        Inversions.Get(options.Inversion).Traits.SharedNoise ? null : texts.Encode(""));

    private Func<Tensor>? Tokens(RgbImage working) => imageTokens is null ? null : () => imageTokens(working);

    private EmotionJob Prepare(EmotionEdit edit, int index, EditRequest request, SharedTexts shared)
    {
        TextStates target = texts.Encode(edit.TargetPrompt);
        var alignment = TokenAlignment.Between(shared.Source.Tokens, target.Tokens, (int)target.States.shape[1]);
        if (options.SemanticRescue)
        {
            using Tensor source = shared.Source.States.squeeze(0), own = target.States.squeeze(0); // [L, X]
            alignment = alignment.WithRescue(TokenSimilarity.Cosine(source, own));
        }

        SpatialMap? stimulus = edit.Stimulus is { } map ? new SpatialMap(map.Height, map.Width, map.Values) : null;
        bool words = stimulus is null && options.MaskFallback == MaskFallback.CrossAttention;
        return new EmotionJob(
            index,
            edit,
            edit.Seed ?? request.Seed,
            Intensity.Guidance(options.GuidanceTarget, edit.Intensity),
            target,
            alignment,
            stimulus,
            words ? Positions(target, edit.TargetPhrases) : [],
            words ? Positions(shared.Source, edit.SourcePhrases) : []);
    }

    private IReadOnlyList<int> Positions(TextStates prompt, IReadOnlyList<string> phrases)
    {
        // A phrase is tokenised with its own start and end token, which are not part of it.
        IEnumerable<IReadOnlyList<int>> spans = phrases.Select(TokensOf).Select(t => TokenSpan.Find(prompt.Tokens, [.. t.Skip(1).SkipLast(1)]));
        return [.. spans.SelectMany(s => s).Distinct().Order()];
    }

    private IReadOnlyList<int> TokensOf(string phrase)
    {
        TextStates states = texts.Encode(phrase);
        states.States.Dispose();
        return states.Tokens;
    }

    private bool Collect(
        EditRequest request, RgbImage working, SharedTexts shared, MoodifierRun run, IReadOnlyList<Tensor> results, EditedImage[] images, CancellationToken cancellation)
    {
        RgbImage background = options.OutputSize == OutputSize.Source ? request.Image : working;
        (int Group, int Job)[] edits = [.. run.Groups.SelectMany((group, g) => group.Jobs.Select((_, i) => (g, i)))];
        foreach (((int g, int i), RgbImage picture) in edits.Zip(canvas.Decode([.. edits.Select(e => results[e.Group].narrow(0, 1 + e.Job, 1))])))
        {
            cancellation.ThrowIfCancellationRequested();
            EmotionJob job = run.Groups[g].Jobs[i];
            RgbImage decoded = PictureCanvas.Resized(picture, background.Width, background.Height);
            MaskImage mask = MaskOf(job, run.WordMaskOf(g, i), background);
            RgbImage image = options.PixelComposite && job.MaskSource != MaskSource.Global
                ? PixelComposite.Apply(background, decoded, mask, options.BlendLow)
                : decoded;
            images[job.Index] = new EditedImage(
                job.Edit.Emotion, image, mask, job.MaskSource, request.SourcePrompt, job.Edit.TargetPrompt, options.NegativePrompt,
                shared.Source.Truncated || job.Text.Truncated, job.Guidance, job.Seed);
        }

        return true;
    }

    private static MaskImage MaskOf(EmotionJob job, SpatialMap? words, RgbImage size)
    {
        MaskImage map = job.Edit.Stimulus ?? (words is null ? MaskImage.Filled(1, 1, 1) : new MaskImage(words.Width, words.Height, words.Values));
        return map.Width == size.Width && map.Height == size.Height ? map : map.Resize(size.Width, size.Height, ResampleFilter.Bilinear).Clamp();
    }
}
