using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>The recording of a UNet, differentiated block by block.</summary>
internal sealed class UNetNoiseRecording : INoiseRecording
{
    private readonly UNetRecording recording;
    private readonly Tensor context;
    private readonly Tensor sample;
    private readonly Tensor wide; // the latents in float32, for predictions that are not noise
    private readonly OutputTransform? read;

    /// <param name="record">Records the network on a sample and text states in its own type and place.</param>
    /// <param name="sample">Latents in the network's type and place; taken over.</param>
    /// <param name="context">Text states in the network's type and place, a leaf that requires gradients; taken over.</param>
    /// <param name="read">How the output becomes noise; null where it is the noise.</param>
    public UNetNoiseRecording(Func<Tensor, Tensor, UNetRecording> record, Tensor sample, Tensor context, OutputTransform? read)
    {
        (this.sample, this.context, this.read) = (sample.DetachFromDisposeScope(), context.DetachFromDisposeScope(), read);
        recording = record(sample, context);
        wide = sample.to(ScalarType.Float32).DetachFromDisposeScope();
        using Tensor output = recording.Output.to(ScalarType.Float32);
        Noise = (read?.Epsilon(wide, output) ?? output.alias()).DetachFromDisposeScope();
    }

    public Tensor Noise { get; }

    public Tensor ContextGradient(Tensor gradient)
    {
        using Tensor own = Gradients(gradient, [context])[0];
        return own.to(ScalarType.Float32, true);
    }

    public IReadOnlyList<Tensor> Gradients(Tensor gradient, IReadOnlyList<Tensor> leaves, Func<Tensor?>? partLoss = null)
    {
        using var scope = NewDisposeScope();
        Tensor ofOutput = gradient;
        if (read is { } transform)
        {
            using IDisposable graph = enable_grad();
            Tensor output = recording.Output.to(ScalarType.Float32).detach().requires_grad_();
            ofOutput = autograd.grad([transform.Epsilon(wide, output)], [output], [gradient])[0];
        }

        return [.. recording.Gradients(ofOutput.to(recording.Output.dtype, recording.Output.device), leaves, partLoss).Select(g => g.MoveToOuterDisposeScope())];
    }

    public Tensor LatentGradient(Func<Tensor?> partLoss)
    {
        using var scope = NewDisposeScope();
        sample.requires_grad_();
        return recording.Gradients(null, [sample], partLoss)[0].to(ScalarType.Float32, true).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        recording.Dispose();
        Noise.Dispose();
        wide.Dispose();
        context.Dispose();
        sample.Dispose();
    }
}
