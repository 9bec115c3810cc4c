using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>Guided DDIM sampling of several latents that share UNet calls, for methods without a source branch. eta = 1 draws fresh noise in every step.</summary>
/// <remarks>J. Song et al., "Denoising Diffusion Implicit Models", 2020 (arXiv:2010.02502), eq. (12) and (16).</remarks>
internal sealed class TargetSampler(INoisePredictor predictor, DdimOptions options, int steps, double eta = 0)
{
    private readonly DdimScheduler scheduler = new(options);

    /// <summary>The full list of timesteps, noisiest first.</summary>
    public int[] Timesteps => scheduler.Timesteps(steps);

    /// <summary>alpha-bar of a timestep.</summary>
    public double AlphaBar(int timestep) => scheduler.AlphaBar(timestep);

    /// <summary>Samples from step <paramref name="from"/> on.</summary>
    /// <param name="start">Latents at that step [K, C, h, w]; not disposed.</param>
    /// <param name="jobs">Their texts and scales.</param>
    /// <param name="unconditional">Text that guidance leads away from [1, L, X].</param>
    /// <param name="from">Index of the first step.</param>
    /// <param name="noise">Noise of a job at a step [1, C, h, w], for eta above 0; the sampler's to dispose.</param>
    /// <param name="onStep">Called after every step.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <param name="control">Attention control over [K unconditional, K conditional] rows, or only the conditional ones where no job is guided; null for none.</param>
    /// <returns>Clean latents, one [1, C, h, w] a job, in the current dispose scope.</returns>
    public IReadOnlyList<Tensor> Run(
        Tensor start, IReadOnlyList<BaselineJob> jobs, Tensor unconditional, int from, Func<BaselineJob, int, Tensor>? noise, Action onStep, CancellationToken cancellation,
        IAttentionControl? control = null)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        int[] timesteps = Timesteps;
        int stride = scheduler.Stride(steps);
        bool guided = jobs.Any(j => j.Guidance != 1);
        Tensor text = cat([.. jobs.Select(j => j.Text.States)]);                                                 // [K, L, X]
        Tensor context = guided ? cat([unconditional.expand(jobs.Count, -1, -1), text]) : text;                  // [2 K or K, L, X]
        Tensor z = start;
        for (int k = from; k < timesteps.Length; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            Tensor rows = predictor.Predict(guided ? cat([z, z]) : z, timesteps[k], context, control, k);
            Tensor e = cat([.. jobs.Select((job, i) => guided
                ? ClassifierFreeGuidance.Mix(rows.narrow(0, i, 1), rows.narrow(0, jobs.Count + i, 1), job.Guidance)
                : rows.narrow(0, i, 1))]);
            Tensor? fresh = eta > 0 ? cat([.. jobs.Select(job => noise!(job, k))]) : null;
            z = scheduler.Step(e, z, timesteps[k], timesteps[k] - stride, eta, fresh).MoveToOuterDisposeScope();
            onStep();
        }

        return [.. jobs.Select((_, i) => z.narrow(0, i, 1).MoveToOuterDisposeScope())];
    }
}
