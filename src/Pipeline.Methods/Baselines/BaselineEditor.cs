using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;
using Pipeline.Methods.Moodifier;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>
/// The frame of a method over a latent diffusion model: working size, encoding, texts, batches, decoding, results. A method adds how it goes from z_0 to the edited latents. Emotions of one batch
/// share UNet calls and nothing else, so a batch equals its members edited one by one.
/// </summary>
/// <typeparam name="TOptions">Its options.</typeparam>
/// <param name="model">The diffusion model; belongs to the caller.</param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock of the timings in results; the system's by default.</param>
public abstract class BaselineEditor<TOptions>(IDiffusionModel model, TOptions options, TimeProvider? time = null) : IEditMethod, IDisposable
    where TOptions : BaselineOptions
{
    private readonly TextCache texts = new(model);
    private (string Source, string Prompt, InversionArtefact Value)? kept;
    private readonly PictureCanvas canvas = new(model, options.LongSide, options.MinLongSide, options.SizeMultiple);

    /// <inheritdoc />
    public abstract string Name { get; }

    /// <summary>The diffusion model.</summary>
    protected IDiffusionModel Model => model;

    /// <summary>The settings.</summary>
    protected TOptions Options => options;

    /// <summary>UNet rows that all emotions of a batch share, beside their own.</summary>
    protected virtual int SharedRows => 0;

    /// <summary>UNet rows of one emotion.</summary>
    protected virtual int RowsPerEdit => 2;

    /// <summary>Names in what <see cref="Prepare"/> makes that are latents: half precision is enough for them.</summary>
    protected virtual IReadOnlyList<string> HalfPrecision => [DdimInversion.PathName];

    /// <summary>Timesteps that are visited, noisiest first.</summary>
    protected virtual IReadOnlyList<int> Timesteps => new Pipeline.Diffusion.Schedulers.DdimScheduler(options.Ddim(model.Schedule)).Timesteps(options.Steps);

    /// <summary>z_0 [1, C, h, w] of a picture at its working size, for <see cref="EditRequest.Latent"/>. Owned by the caller.</summary>
    public Tensor EncodeSource(RgbImage image) => canvas.Encode(canvas.AtWorkingSize(image));

    /// <summary>What the method computes of a picture and its source prompt once, for <see cref="EditRequest.Inverted"/>, and the sample-forwards that it took; empty for a method that computes nothing. Owned by the caller.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="latent">Its z_0 [1, C, h, w]; belongs to the caller.</param>
    /// <param name="sourcePrompt">What it shows.</param>
    /// <param name="digest">Digest of its file.</param>
    /// <param name="cancellation">Checked before every run of the model.</param>
    public (InversionArtefact Artefact, long SampleForwards) Invert(RgbImage image, Tensor latent, string sourcePrompt, string digest, CancellationToken cancellation = default)
    {
        options.Check();
        using var scope = NewDisposeScope();
        RgbImage working = canvas.AtWorkingSize(image);
        var predictor = new CountingPredictor(model.Noise);
        var request = new EditRequest(image, digest, sourcePrompt, []);
        var context = new BaselineContext(
            request, working, canvas.Checked(latent, working), texts.Encode(sourcePrompt), texts.Encode(options.NegativePrompt), predictor, null, () => { }, cancellation);
        InversionArtefact artefact = Rounded(Prepare(context)) ?? new InversionArtefact();
        return (artefact, predictor.SampleForwards);
    }

    /// <inheritdoc />
    public EditResult Edit(EditRequest request, IProgress<EditProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        request.Check();
        using var scope = NewDisposeScope();
        var clock = new EditClock(time ?? TimeProvider.System);
        RgbImage working = clock.Measure("encode", () => canvas.AtWorkingSize(request.Image));
        Tensor z0 = clock.Measure("encode", () => request.Latent is { } given ? canvas.Checked(given, working) : canvas.Encode(working));
        TextStates source = clock.Measure("text", () => texts.Encode(request.SourcePrompt)), negative = clock.Measure("text", () => texts.Encode(options.NegativePrompt));
        BaselineJob[] jobs = clock.Measure("text", () => request.Emotions.Select((edit, i) => Job(edit, i, request)).ToArray());

        BaselineJob[][] batches = [.. jobs.Chunk(Math.Max(1, (options.MaxBatchRows - SharedRows) / RowsPerEdit))];
        var predictor = new CountingPredictor(model.Noise);
        int done = 0, steps = batches.Length * Timesteps.Count;
        var context = new BaselineContext(request, working, z0, source, negative, predictor, null, () => progress?.Report(new EditProgress(++done, steps, predictor.SampleForwards)), cancellation);
        InversionArtefact? prepared = clock.Measure("diffuse", () => PreparedFor(context));
        EditedImage[] images = new EditedImage[jobs.Length];
        foreach (BaselineJob[] batch in batches)
        {
            using var batchScope = NewDisposeScope();
            IReadOnlyList<Tensor> latents = clock.Measure("diffuse", () => Diffuse(context with { Prepared = prepared }, batch));
            cancellation.ThrowIfCancellationRequested();
            RgbImage[] decoded = clock.Measure("decode", () => canvas.Decode(latents).ToArray());
            foreach ((BaselineJob job, RgbImage picture) in batch.Zip(decoded))
            {
                images[job.Index] = clock.Measure("decode", () => Finish(request, working, source, job, picture));
            }
        }

        var timings = new EditTimings(clock["encode"], clock["text"], clock["diffuse"], clock["decode"]);
        return new EditResult(Name, images, working.Width, working.Height, Timesteps, predictor.SampleForwards, timings);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// What is computed once for a picture, such as its inversion; null for nothing. Kept until another picture or source prompt comes, so it must depend on nothing else, the seed included; freed by the editor.
    /// </summary>
    protected virtual InversionArtefact? Prepare(BaselineContext context) => null;

    /// <summary>The edited clean latents of a batch, one [1, C, h, w] each, in the current dispose scope.</summary>
    protected abstract IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs);

    /// <summary>The region of an edit that the method found while diffusing, of any size; null where it found none.</summary>
    protected virtual MaskImage? RegionOf(BaselineJob job) => null;

    /// <summary>States of a text; in the current dispose scope.</summary>
    protected TextStates Encode(string text) => texts.Encode(text);

    /// <summary>Frees the cached text states.</summary>
    protected virtual void Dispose(bool disposing)
    {
        texts.Dispose();
        kept?.Value.Dispose();
        kept = null;
    }

    private InversionArtefact? PreparedFor(BaselineContext context)
    {
        if (context.Request.Inverted is { } given)
        {
            return given;
        }

        (string source, string prompt) = (context.Request.SourceDigest, context.Request.SourcePrompt);
        if (kept is { } known && known.Source == source && known.Prompt == prompt)
        {
            return known.Value;
        }

        kept?.Value.Dispose();
        kept = null;
        InversionArtefact? fresh = Rounded(Prepare(context));
        if (fresh is not null)
        {
            kept = (source, prompt, fresh);
        }

        return fresh;
    }

    // Latents are kept in half precision; an edit right after must equal one from the store.
    private InversionArtefact? Rounded(InversionArtefact? artefact)
    {
        foreach (string name in HalfPrecision)
        {
            artefact?.RoundToHalf(name);
        }

        return artefact;
    }

    private BaselineJob Job(EmotionEdit edit, int index, EditRequest request) =>
        new(index, edit, edit.Seed ?? request.Seed, Intensity.Guidance(options.Guidance, edit.Intensity), texts.Encode(edit.TargetPrompt));

    private EditedImage Finish(EditRequest request, RgbImage working, TextStates source, BaselineJob job, RgbImage decoded)
    {
        RgbImage background = options.OutputSize == OutputSize.Source ? request.Image : working;
        (RgbImage image, MaskImage mask, MaskSource from) = PictureCanvas.Finish(job.Edit, decoded, background, options.PixelComposite);
        if (from == MaskSource.Global && RegionOf(job) is { } region)
        {
            (mask, from) = (region.Resize(image.Width, image.Height, ResampleFilter.Bilinear).Clamp(), MaskSource.CrossAttention);
        }

        return new EditedImage(
            job.Edit.Emotion, image, mask, from, request.SourcePrompt, job.Edit.TargetPrompt, options.NegativePrompt, source.Truncated || job.Text.Truncated, job.Guidance, job.Seed);
    }
}
