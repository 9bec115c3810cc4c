using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.StyleDiffusion;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.ZeroShot;

/// <summary>Cross-attention guidance: the latents entering a step are moved so that their cross-attention maps come nearer to the source's at the same step.</summary>
/// <remarks>
/// arXiv:2302.03027, section 3.3, eq. (4). The loss is the sum over all cross-attention layers of the mean over heads and guidance halves of the squared difference, summed over pixels and tokens, for each edit by
/// itself, so that edits of one batch do not influence one another. The gradient is taken part by part of the predictor (<see cref="INoisePredictor.Record"/>), so that a UNet's graph never exists as a whole.
/// </remarks>
public sealed class CrossAttentionGuidance(INoisePredictor predictor)
{
    private readonly AttentionSite[] sites = [.. predictor.AttentionSites];

    /// <summary>Predictions for the source's rows with the maps of every layer; maps in the current dispose scope.</summary>
    public (Tensor Prediction, IReadOnlyList<Tensor> Maps) Reference(Tensor rows, int timestep, Tensor context, int step)
    {
        using var reader = new CrossMapReader(sites);
        Tensor prediction = predictor.Predict(rows, timestep, context, reader, step);
        return (prediction, [.. reader.Maps.Select(m => m.alias())]);
    }

    /// <summary>One step of gradient descent on the rows' latents.</summary>
    /// <param name="rows">Latents [2 K, C, h, w]: K unconditional rows, then K conditional ones.</param>
    /// <param name="timestep">Their timestep.</param>
    /// <param name="context">Text states [2 K, L, X].</param>
    /// <param name="reference">Maps of the source, [2, heads, T, L] each: unconditional, conditional.</param>
    /// <param name="amount">Learning rate.</param>
    /// <param name="step">Index of the step.</param>
    /// <returns>The moved latents [2 K, C, h, w], in the current dispose scope.</returns>
    public Tensor Move(Tensor rows, int timestep, Tensor context, IReadOnlyList<Tensor> reference, double amount, int step)
    {
        using var scope = NewDisposeScope();
        using var distance = new MapDistance(sites, reference);
        using INoiseRecording recording = predictor.Record(rows, timestep, context, distance, step);
        Tensor gradient = recording.LatentGradient(distance.Take); // [2 K, C, h, w]
        return (rows.detach() - gradient * amount).MoveToOuterDisposeScope();
    }
}
