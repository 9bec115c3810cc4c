using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Sampling;
using Pipeline.Models.Attention;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Cli.Tests;

/// <summary>A predictor that looks at the engine's memory after every part of every block, and may be differentiated as one graph.</summary>
internal sealed class ProbedPredictor(INoisePredictor inner, EngineBytes bytes, bool whole) : INoisePredictor
{
    public long Peak { get; set; }

    public IReadOnlyList<AttentionSite> AttentionSites => inner.AttentionSites;

    public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step) => inner.Predict(latents, timestep, context, Probed(control), step);

    public INoiseRecording Record(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step) =>
        (whole ? new Plain(inner) : inner).Record(latents, timestep, context, Probed(control), step);

    private ControlChain Probed(IAttentionControl? control) => control is null ? new ControlChain(new Probe(this, bytes)) : new ControlChain(control, new Probe(this, bytes));

    // The interface's own recording: the graph of the whole model.
    private sealed class Plain(INoisePredictor inner) : INoisePredictor
    {
        public IReadOnlyList<AttentionSite> AttentionSites => inner.AttentionSites;

        public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step) => inner.Predict(latents, timestep, context, control, step);
    }

    private sealed class Probe(ProbedPredictor owner, EngineBytes bytes) : IAttentionControl
    {
        public bool WantsResidual(string block, int step) => true;

        public Tensor OnResidual(string block, int step, Tensor hidden)
        {
            owner.Peak = Math.Max(owner.Peak, bytes.Now());
            return hidden;
        }
    }
}
