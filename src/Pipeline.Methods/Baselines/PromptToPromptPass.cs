using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging.Masks;
using Pipeline.Models.Attention;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>Prompt-to-Prompt with P2Plus over a trajectory: one source branch, all targets beside it, cross- and self-attention exchanged, regions of stimulus phrases blended.</summary>
internal sealed class PromptToPromptPass(PromptToPromptSettings settings, BaselineContext context, Func<string, TextStates> encode)
{
    /// <summary>
    /// Where the picture's own words that an edit replaces are attended to, one map a job of the last run at the attention's grid, largest value 1; null for edits without known phrases. StyleDiffusion's evaluation
    /// (arXiv:2303.15649, section 4) takes the edited region from this map.
    /// </summary>
    public IReadOnlyList<MaskImage?> Regions { get; private set; } = [];

    /// <summary>The edited clean latents, one [1, C, h, w] a job, in the current dispose scope.</summary>
    public IReadOnlyList<Tensor> Run(ISourceTrajectory trajectory, IReadOnlyList<BaselineJob> jobs)
    {
        using var scope = NewDisposeScope();
        bool plus = settings.UnconditionalUntil > 0;
        Tensor negative = context.Negative.States;
        var group = new EditGroup(trajectory,
        [
            new EditBranch(BranchKind.Source, -1, settings.GuidanceSource, context.Source.States, negative, plus),
            .. jobs.Select((job, i) => new EditBranch(BranchKind.Target, i, job.Guidance, job.Text.States, negative, plus)),
        ]);
        using var batch = new EditBatch([group]);
        var schedule = new WordSchedule(settings.Steps, (int)context.Source.States.shape[1], (0, settings.CrossUntil));
        using var words = new PromptToPromptControl(batch.Layout, jobs.Select((job, i) => new PromptToPromptTarget(1 + i, Edit(job), schedule)));
        using var self = new P2PlusControl(batch.Layout, StepWindow.First(settings.SelfUntil, settings.Steps), StepWindow.First(settings.UnconditionalUntil, settings.Steps));
        using CrossMapAccumulator? maps = jobs.Any(j => j.Edit.TargetPhrases.Count + j.Edit.SourcePhrases.Count > 0)
            ? new CrossMapAccumulator(batch.Layout, CrossMapAccumulator.WordSites(context.Predictor.AttentionSites))
            : null;
        using ILatentBlend? blend = maps is null || !settings.LocalBlend ? null : Blend(maps, jobs);
        group.Blend = blend;
        IAttentionControl[] controls = maps is null ? [words, self] : [words, self, maps];
        BranchState last = new EditingLoop(context.Predictor).Run(batch, new ControlChain(controls), _ => context.OnStep(), context.Cancellation)[0];
        Regions = [.. jobs.Select((job, i) => maps is null ? null : Region(maps, job, 1 + i))];
        Tensor result = trajectory.Result(last);
        return [.. jobs.Select((_, i) => result.narrow(0, 1 + i, 1).MoveToOuterDisposeScope())];
    }

    private ICrossMapEdit Edit(BaselineJob job) => PromptEdit.Between(
        (context.Request.SourcePrompt, context.Source), (job.Edit.TargetPrompt, job.Text), encode, settings.NewWordWeight, settings.Kind);

    private MaskImage? Region(CrossMapAccumulator maps, BaselineJob job, int branch)
    {
        IReadOnlyList<int> source = Positions(context.Source, job.Edit.SourcePhrases), target = Positions(job.Text, job.Edit.TargetPhrases);
        (int read, IReadOnlyList<int> tokens) = source.Count > 0 ? (0, source) : (branch, target);
        if (tokens.Count == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        Tensor attention = maps.Mean(read); // [T, L]
        Tensor words = tokens.Select(t => attention.select(1, t)).Aggregate((a, b) => a + b).cpu().contiguous();
        using TensorAccessor<float> accessor = words.data<float>();
        float[] values = accessor.ToArray();
        float most = values.Max();
        return most > 0 ? new MaskImage(maps.Width, maps.Height, Array.ConvertAll(values, v => v / most)) : null;
    }

    private PhraseBlend Blend(CrossMapAccumulator maps, IReadOnlyList<BaselineJob> jobs) => new(
        maps,
        [.. jobs.Select((job, i) => new LocalBlendWords(1 + i, Positions(job.Text, job.Edit.TargetPhrases), Positions(context.Source, job.Edit.SourcePhrases)))],
        new LocalBlendOptions(settings.BlendThreshold, settings.BlendThreshold, (int)(0.2 * settings.Steps)));

    private IReadOnlyList<int> Positions(TextStates prompt, IReadOnlyList<string> phrases) => [.. phrases.SelectMany(phrase =>
    {
        TextStates states = encode(phrase);
        states.States.Dispose();
        return TokenSpan.Find(prompt.Tokens, [.. states.Tokens.Skip(1).SkipLast(1)]);
    }).Distinct().Order()];
}
