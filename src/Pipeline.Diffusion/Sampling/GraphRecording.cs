using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>The recording of a predictor without parts: the whole graph is kept.</summary>
internal sealed class GraphRecording : INoiseRecording
{
    private readonly Tensor context;

    public GraphRecording(INoisePredictor predictor, Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        using IDisposable graph = enable_grad();
        this.context = context.detach().clone().requires_grad_().DetachFromDisposeScope();
        Noise = predictor.Predict(latents, timestep, this.context, control, step).DetachFromDisposeScope();
    }

    public Tensor Noise { get; }

    public Tensor ContextGradient(Tensor gradient) => autograd.grad([Noise], [context], [gradient], retain_graph: true)[0];

    public void Dispose()
    {
        Noise.Dispose();
        context.Dispose();
    }
}
