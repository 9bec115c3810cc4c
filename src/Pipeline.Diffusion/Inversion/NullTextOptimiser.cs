using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>
/// The optimisation of null-text inversion for several pictures at once: step by step down their inversion paths, an unconditional embedding is learned for each picture that leads the guided sampler along the path.
/// A picture leaves the UNet batch as soon as its own loss is small, and its result does not depend on its neighbours.
/// </summary>
/// <param name="predictor">The model.</param>
/// <param name="scheduler">Schedule.</param>
/// <param name="guidance">w.</param>
/// <param name="options">Settings.</param>
internal sealed class NullTextOptimiser(INoisePredictor predictor, DdimScheduler scheduler, double guidance, NullTextOptions options)
{
    /// <summary>Learns the embeddings.</summary>
    /// <param name="paths">z*_0..z*_N of each picture [B, N + 1, C, h, w].</param>
    /// <param name="contexts">Text states of the source prompts [B, L, X].</param>
    /// <param name="empty">Text states of the empty prompt [1, L, X].</param>
    /// <param name="cancellation">Checked before every forward.</param>
    /// <returns>Embeddings [B, N, L, X] and losses [B, N, K], NaN where the optimisation had ended. In the current dispose scope.</returns>
    public (Tensor Embeddings, Tensor Losses) Run(Tensor paths, Tensor contexts, Tensor empty, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGraph = no_grad();
        (int pictures, int steps) = ((int)paths.shape[0], (int)paths.shape[1] - 1);
        int[] timesteps = scheduler.Timesteps(steps);
        Tensor z = paths.select(1, steps), u = empty.expand(pictures, -1, -1).clone(); // [B, C, h, w], [B, L, X]
        List<Tensor> embeddings = [], losses = [];
        for (int i = 0; i < steps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var at = new Position(i, timesteps[i], timesteps[i] - scheduler.Stride(steps));
            Tensor conditional = predictor.Predict(z, at.Timestep, contexts, null, i);
            losses.Add(Optimise(u, z, conditional, paths.select(1, steps - 1 - i), at, cancellation)); // [B, K]
            embeddings.Add(u.clone());
            Tensor noise = ClassifierFreeGuidance.Mix(predictor.Predict(z, at.Timestep, u, null, i), conditional, guidance);
            Tensor next = scheduler.Step(noise, z, at.Timestep, at.Previous);
            z.Dispose();
            z = next;
        }

        return (stack(embeddings, 1).MoveToOuterDisposeScope(), stack(losses, 1).MoveToOuterDisposeScope());
    }

    // Learns u [B, L, X] in place for one denoising step; the losses [B, K].
    private Tensor Optimise(Tensor u, Tensor z, Tensor conditional, Tensor target, Position at, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        int pictures = (int)u.shape[0];
        double[] losses = [.. Enumerable.Repeat(double.NaN, pictures * options.InnerSteps)];
        using var adam = new BatchAdam(u, options.Rate(at.Step));
        int[] open = [.. Enumerable.Range(0, pictures)];
        for (int j = 0; j < options.InnerSteps && open.Length > 0; j++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            Tensor rows = tensor(Array.ConvertAll(open, p => (long)p)).to(u.device);
            Tensor Of(Tensor all) => open.Length == pictures ? all : all.index_select(0, rows);
            using INoiseRecording recording = predictor.Record(Of(z), at.Timestep, Of(u), null, at.Step);
            (double[] now, Tensor gradient) = Loss(recording.Noise, Of(conditional), Of(z), Of(target), at);
            adam.Step(u, open, recording.ContextGradient(gradient));
            for (int k = 0; k < open.Length; k++)
            {
                losses[(open[k] * options.InnerSteps) + j] = now[k];
            }

            open = [.. open.Where((_, k) => !(now[k] < options.StopBelow + (at.Step * options.StopGrowth)))]; // each picture stops by itself, after its step
        }

        return tensor(losses, [pictures, options.InnerSteps]).MoveToOuterDisposeScope();
    }

    // Mean squared distance of the guided step to the path, one a picture, and its gradient with respect to e_u [n, C, h, w].
    private (double[] Losses, Tensor Gradient) Loss(Tensor unconditional, Tensor conditional, Tensor z, Tensor target, Position at)
    {
        using var scope = NewDisposeScope();
        using IDisposable graph = enable_grad();
        Tensor e = unconditional.detach().requires_grad_();
        Tensor reached = scheduler.Step(ClassifierFreeGuidance.Mix(e, conditional, guidance), z, at.Timestep, at.Previous);
        Tensor each = (reached - target).square().mean([1L, 2L, 3L]); // [n]
        Tensor gradient = autograd.grad([each.sum()], [e])[0];
        return ([.. Enumerable.Range(0, (int)each.shape[0]).Select(k => each[k].ToDouble())], gradient.MoveToOuterDisposeScope());
    }

    private readonly record struct Position(int Step, int Timestep, int Previous);
}
