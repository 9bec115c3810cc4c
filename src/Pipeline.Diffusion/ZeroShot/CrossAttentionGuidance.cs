using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.StyleDiffusion;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.ZeroShot;

/// <summary>Cross-attention guidance: the latents entering a step are moved so that their cross-attention maps come nearer to the source's at the same step.</summary>
/// <remarks>
/// arXiv:2302.03027, section 3.3, eq. (4). The loss is the sum over all cross-attention layers of the mean over heads and guidance halves of the squared difference, summed over pixels and tokens, for each edit by
/// itself, so that edits of one batch do not influence one another.
/// </remarks>
public sealed class CrossAttentionGuidance(INoisePredictor predictor)
{
    private readonly AttentionSite[] sites = [.. predictor.AttentionSites];

    /// <summary>Predictions for the source's rows with the maps of every layer; maps in the current dispose scope.</summary>
    public (Tensor Prediction, IReadOnlyList<Tensor> Maps) Reference(Tensor rows, int timestep, Tensor context, int step)
    {
        using var reader = new CrossMapReader(sites);
        Tensor prediction = predictor.Predict(rows, timestep, context, reader, step);
        return (prediction, [.. reader.Maps.Select(m => m.clone())]);
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
        using IDisposable gradients = enable_grad();
        Tensor leaf = rows.detach().clone().requires_grad_(true);
        using var reader = new CrossMapReader(sites);
        predictor.Predict(leaf, timestep, context, reader, step);
        Tensor loss = zeros(1, device: rows.device);
        foreach ((Tensor map, Tensor source) in reader.Maps.Zip(reference))
        {
            long each = rows.shape[0] / 2;
            Tensor wanted = cat([source.narrow(0, 0, 1).expand(each, -1, -1, -1), source.narrow(0, 1, 1).expand(each, -1, -1, -1)]);
            loss = loss + (map - wanted).square().sum() / (2.0 * map.shape[1]); // mean over 2 x heads maps of each edit
        }

        loss.backward();
        return (leaf.detach() - leaf.grad! * amount).MoveToOuterDisposeScope();
    }
}
