using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>The recording of a predictor without parts: the whole graph is kept.</summary>
internal sealed class GraphRecording : INoiseRecording
{
    private readonly Tensor context;
    private readonly Tensor latents;

    public GraphRecording(INoisePredictor predictor, Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        using IDisposable graph = enable_grad();
        this.context = context.detach().clone().requires_grad_().DetachFromDisposeScope();
        this.latents = latents.detach().clone().requires_grad_().DetachFromDisposeScope();
        Noise = predictor.Predict(this.latents, timestep, this.context, control, step).DetachFromDisposeScope();
    }

    public Tensor Noise { get; }

    public Tensor ContextGradient(Tensor gradient) => autograd.grad([Noise], [context], [gradient], retain_graph: true)[0];

    public IReadOnlyList<Tensor> Gradients(Tensor gradient, IReadOnlyList<Tensor> leaves, Func<Tensor?>? partLoss = null)
    {
        using var scope = NewDisposeScope();
        using IDisposable graph = enable_grad();
        Tensor? loss = partLoss?.Invoke();
        IList<Tensor> gradients = autograd.grad(
            loss is null ? [Noise] : [Noise, loss], [.. leaves], loss is null ? [gradient] : [gradient, ones_like(loss)], retain_graph: true, allow_unused: true);
        return [.. gradients.Select((g, i) => (g ?? zeros_like(leaves[i])).MoveToOuterDisposeScope())];
    }

    public Tensor LatentGradient(Func<Tensor?> partLoss)
    {
        using var scope = NewDisposeScope();
        using IDisposable graph = enable_grad();
        Tensor? gradient = partLoss() is { } loss ? autograd.grad([loss], [latents], retain_graph: true, allow_unused: true)[0] : null;
        return (gradient ?? zeros_like(latents)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Noise.Dispose();
        latents.Dispose();
        context.Dispose();
    }
}
