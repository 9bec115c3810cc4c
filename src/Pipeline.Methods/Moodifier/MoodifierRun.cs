using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Methods.Moodifier;

/// <summary>One UNet batch of an edit: its branches, its attention controls and its blends, composed from the options. Disposes all it made.</summary>
internal sealed class MoodifierRun : IDisposable
{
    private readonly List<IDisposable> owned = [];
    private readonly List<IAttentionControl> controls = [];
    private readonly List<(WordBlend? Words, SeedGroup Group)> blends = [];
    private readonly MoodifierOptions options;
    private readonly InversionTraits traits;
    private readonly Tensor latent;
    private readonly EditBatch batch;

    /// <param name="options">Settings.</param>
    /// <param name="model">The model.</param>
    /// <param name="latent">z_0 [1, C, h, w].</param>
    /// <param name="texts">P_src, the positive and the negative prompt.</param>
    /// <param name="inversion">The inversion.</param>
    /// <param name="artefact">What it computed of the picture; belongs to the caller.</param>
    /// <param name="groups">Emotions by seed.</param>
    /// <param name="sourceOf">Predictions of the source by seed, from earlier batches and for later ones; they belong to the caller.</param>
    public MoodifierRun(
        MoodifierOptions options, IDiffusionModel model, Tensor latent, SharedTexts texts, MoodifierInversion inversion, InversionArtefact artefact, IReadOnlyList<SeedGroup> groups,
        Func<long, SourcePredictions> sourceOf)
    {
        this.options = options;
        this.latent = latent;
        traits = inversion.Factory.Traits;
        Groups = groups;
        EditGroup[] pictures =
        [
            .. groups.Select(g => new EditGroup(Own(inversion.Restore(latent, g.Seed, artefact)), Branches(g, texts)) { Source = traits.SharedNoise ? sourceOf(g.Seed) : null }),
        ];
        batch = Own(new EditBatch(pictures, SourceReadUntil(pictures[0].Trajectory.SkippedSteps)));
        AddControls();
        CrossMapAccumulator? maps = AddAccumulator(model.Noise.AttentionSites);
        for (int g = 0, first = 0; g < groups.Count; first += pictures[g].Branches.Count, g++)
        {
            pictures[g].Blend = Blend(groups[g], maps, first);
        }
    }

    /// <summary>The emotions, in the order of the results.</summary>
    public IReadOnlyList<SeedGroup> Groups { get; }

    /// <summary>The timesteps that are visited.</summary>
    public IReadOnlyList<int> Timesteps => batch.Timesteps;

    /// <summary>UNet sample-forwards of the run.</summary>
    public long SampleForwards => batch.SampleForwards;

    /// <summary>UNet sample-forwards of the first steps.</summary>
    public long ForwardsUntil(int steps) => batch.ForwardsUntil(steps);

    /// <summary>UNet rows of a source branch under these options.</summary>
    public static int SourceRows(MoodifierOptions options) => options.GuidanceSource != 1 || options.KeepSourceUnconditional ? 2 : 1;

    /// <summary>UNet rows of an emotion's own branches under these options.</summary>
    public static int TargetRows(MoodifierOptions options, EmotionJob job) =>
        (job.Guidance != 1 ? 2 : 1) + (options.NeedsMutual ? SourceRows(options) : 0);

    /// <summary>Runs the batch: the clean latent of every branch of every group. In the current dispose scope.</summary>
    public IReadOnlyList<Tensor> Run(INoisePredictor predictor, Action<int> onStep, CancellationToken cancellation) =>
        [.. new EditingLoop(predictor).Run(batch, controls.Count == 0 ? null : new ControlChain(controls), onStep, cancellation)
            .Select((state, g) => batch.Groups[g].Trajectory.Result(state))];

    /// <summary>The mask that the words of an emotion gave, at latent size, or null where it did not need one.</summary>
    public SpatialMap? WordMaskOf(int group, int job) =>
        Groups[group].Jobs[job].MaskSource == MaskSource.CrossAttention ? blends[group].Words?.Masks[job] : null;

    /// <inheritdoc />
    public void Dispose()
    {
        for (int i = owned.Count - 1; i >= 0; i--)
        {
            owned[i].Dispose();
        }
    }

    private EditBranch[] Branches(SeedGroup group, SharedTexts texts)
    {
        EditBranch Reconstruction(BranchKind kind, int target) =>
            new(kind, target, options.GuidanceSource, texts.Source.States, (texts.Empty ?? texts.Positive).States, options.KeepSourceUnconditional);
        return
        [
            Reconstruction(BranchKind.Source, -1),
            .. group.Jobs.Select((job, i) => new EditBranch(BranchKind.Target, i, job.Guidance, job.Text.States, texts.Negative.States)),
            .. group.Jobs.Where(_ => options.NeedsMutual).Select((_, i) => Reconstruction(BranchKind.Mutual, i)),
        ];
    }

    // The last step in which refinement, shared self-attention, a layout branch or an accumulator of the source's words looks at the source, plus one.
    private int SourceReadUntil(int skipped) => !traits.SharedNoise || options.NeedsMutual || Groups.Any(g => g.Jobs.Any(j => j.MaskSource == MaskSource.CrossAttention))
        ? int.MaxValue
        : Math.Max(StepWindow.First(options.CrossReplaceUntil, options.Steps, skipped).Until, StepWindow.First(options.SelfReplaceUntil, options.Steps, skipped).Until);

    private void AddControls()
    {
        int skipped = batch.Groups[0].Trajectory.SkippedSteps;
        EmotionJob[] jobs = [.. Groups.SelectMany(g => g.Jobs)];
        IEnumerable<RefineTarget> targets = batch.Layout.Of(BranchKind.Target).Zip(jobs, (branch, job) => new RefineTarget(branch, job.Alignment, job.Stimulus));
        StepWindow cross = StepWindow.First(options.CrossReplaceUntil, options.Steps, skipped);
        if (cross.Until > 0)
        {
            controls.Add(Own(new CrossAttentionRefine(batch.Layout, targets, new RefineOptions(cross, options.Kappa, options.Renormalise, options.RefineFrom))));
        }

        StepWindow self = StepWindow.First(options.SelfReplaceUntil, options.Steps, skipped);
        controls.Add(traits.SharedNoise ? Own(new SelfAttentionShare(batch.Layout, self)) : Own(new SelfAttentionReplace(batch.Layout, self)));
    }

    private CrossMapAccumulator? AddAccumulator(IReadOnlyList<AttentionSite> sites)
    {
        if (Groups.All(g => g.Jobs.All(j => j.MaskSource != MaskSource.CrossAttention)))
        {
            return null;
        }

        CrossMapAccumulator maps = Own(new CrossMapAccumulator(batch.Layout, CrossMapAccumulator.WordSites(sites)));
        controls.Add(maps);
        return maps;
    }

    private ILatentBlend Blend(SeedGroup group, CrossMapAccumulator? maps, int firstBranch)
    {
        int baseRow = options.BlendBase == BlendBase.Source ? 0 : 1 + group.Jobs.Count;
        SpatialMap?[] masks = [.. group.Jobs.Select(LatentMask)];
        if (maps is not null)
        {
            WordBlendTarget[] targets =
            [
                .. group.Jobs.Select((job, i) => new WordBlendTarget(
                    firstBranch + 1 + i, firstBranch, job.TargetTokens, job.SourceTokens, masks[i], Strength: traits.SharedNoise ? Intensity.Mask(job.Edit.Intensity) : 1)),
            ];
            var words = Own(new WordBlend(latent, maps, targets, baseRow));
            blends.Add((words, group));
            return words;
        }

        using var scope = NewDisposeScope();
        Tensor stacked = stack(masks.Select(m => tensor(m!.Values).reshape(1, m.Height, m.Width))); // [K, 1, h, w]
        blends.Add((null, group));
        return Own(new StimulusBlend(latent, stacked, baseRow));
    }

    // The latent mask m of a known stimulus map, soft where the branches share their noise; null where the words have to tell.
    private SpatialMap? LatentMask(EmotionJob job)
    {
        (int height, int width) = ((int)latent.shape[2], (int)latent.shape[3]);
        SpatialMap? mask = job.MaskSource switch
        {
            MaskSource.Stimulus => job.Stimulus!.AreaAverage(height, width).Gaussian3().SoftStep(options.BlendLow, options.BlendHigh),
            MaskSource.Global => SpatialMap.Constant(height, width, 1),
            _ => null,
        };
        return traits.SharedNoise ? mask?.Scale(Intensity.Mask(job.Edit.Intensity)) : mask?.Above((options.BlendLow + options.BlendHigh) / 2);
    }

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        owned.Add(disposable);
        return disposable;
    }
}
