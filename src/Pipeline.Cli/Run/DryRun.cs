using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Methods;
using Pipeline.Methods.Emotions;
using Pipeline.Models;
using Pipeline.Stages.Editing;

namespace Pipeline.Cli.Run;

/// <summary>Says what a run would do and what it would cost, without doing anything. Exit 0, or 2 when something is wrong.</summary>
internal sealed class DryRun(RunRequest request, JobManifestSource manifest, JobDefaults defaults, ManifestReadOptions reading)
{
    private const int Shown = 5;

    public async Task<int> RunAsync(IRunView view)
    {
        int pictures = 0, edits = 0, problems = 0;
        long forwards = 0;
        await using Stream lines = manifest.Open();
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(lines, reading).ConfigureAwait(false))
        {
            if (line.Value is not { } job)
            {
                problems += Say(view, line.Errors.Select(e => $"manifest {e}"));
                continue;
            }

            if (pictures >= (request.Limit ?? int.MaxValue))
            {
                break;
            }

            problems += Say(view, Problems(job));
            int count = job.Emotions.Count * (job.NumVariants ?? request.Variants);
            if (pictures++ < Shown)
            {
                view.Note($"  {job.Id}: {string.Join(", ", job.Emotions.Select(e => e.Emotion))} ({job.Image})");
            }

            edits += count;
            try
            {
                forwards += Forwards(job, count);
            }
            catch (EditException e)
            {
                problems += Say(view, [$"{job.Id}: {e.Message}"]);
            }
        }

        view.Note($"{pictures} pictures, {edits} edits, about {forwards} UNet forwards. Models: {string.Join(", ", Components())}. Nothing was changed.");
        return problems == 0 ? ExitCodes.Done : ExitCodes.Usage;
    }

    private IEnumerable<string> Problems(JobLine job)
    {
        foreach (EmotionRequest emotion in job.Emotions)
        {
            if (EmotionTaxonomy.IsNone(emotion.Emotion) ? job is not { Prompt: not null, SourcePrompt: not null } : !EmotionTaxonomy.TryResolve(emotion.Emotion, out _))
            {
                yield return $"{job.Id}: unknown emotion '{emotion.Emotion}' [{ErrorCodes.UnknownEmotion}]";
            }
        }

        string? problem = null;
        try
        {
            manifest.Sources.OpenAsync(job.Image, default).GetAwaiter().GetResult().Dispose();
        }
        catch (Exception e) when (e is PipelineException or IOException)
        {
            problem = $"{job.Id}: {e.Message}";
        }

        if (problem is not null)
        {
            yield return problem;
        }
    }

    private long Forwards(JobLine job, int edits)
    {
        WorkSettings settings = defaults.SettingsOf(job);
        return EditMethods.BuiltIn[settings.Method].EstimateForwards(settings.Params, edits);
    }

    private IEnumerable<string> Components() => ModelDirectory.Open(request.Models).Components.Select(c => c.Kind.ToString().ToLowerInvariant());

    private static int Say(IRunView view, IEnumerable<string> problems)
    {
        int count = 0;
        foreach (string problem in problems)
        {
            view.Note(problem);
            count++;
        }

        return count;
    }
}
