using static TorchSharp.torch;

namespace Pipeline.Training.Autoencoder;

/// <summary>
/// Folds the mean m and deviation s of every latent channel into the two 1x1 convolutions around the latent: μ' = (μ − m) / s, ln σ'² = ln σ² − 2 ln s, and the decoder undoes it.
/// Reconstructions stay the same; the denoiser gets latents of mean 0 and deviation 1, which one scaling factor for all channels cannot give. Its tensors belong to the scope it
/// was measured in.
/// </summary>
public sealed class LatentFold
{
    private readonly Tensor _mean;
    private readonly Tensor _deviation;

    private LatentFold(Tensor mean, Tensor deviation) => (_mean, _deviation) = (mean, deviation);

    /// <summary>Takes the statistics of latents [B, channels, h, w].</summary>
    public static LatentFold Measure(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        Tensor mean = latents.mean([0, 2, 3]);                                                  // [channels]
        Tensor centred = latents - mean.view(1, -1, 1, 1);
        Tensor deviation = (centred * centred).mean([0, 2, 3]).sqrt().clamp_min(1e-6);          // [channels]
        return new LatentFold(mean, deviation);
    }

    /// <summary>The weights with the fold; all others as they are. New tensors belong to the current scope.</summary>
    public IEnumerable<(string Name, Tensor Value)> Apply(IEnumerable<(string Name, Tensor Value)> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Dictionary<string, Tensor> all = weights.ToDictionary(w => w.Name, w => w.Value, StringComparer.Ordinal);
        Tensor scale = cat([_deviation, ones_like(_deviation)], 0);                             // [2·channels]
        Tensor shift = cat([_mean / _deviation, _deviation.log() * 2.0], 0);
        Tensor decoder = all["post_quant_conv.weight"];                                         // [channels, channels, 1, 1]
        Tensor offset = (decoder * _mean.view(1, -1, 1, 1)).sum([1, 2, 3]);
        all["quant_conv.weight"] = all["quant_conv.weight"] / scale.view(-1, 1, 1, 1);
        all["quant_conv.bias"] = (all["quant_conv.bias"] / scale) - shift;
        all["post_quant_conv.weight"] = decoder * _deviation.view(1, -1, 1, 1);
        all["post_quant_conv.bias"] = all["post_quant_conv.bias"] + offset;
        return all.Select(w => (w.Key, w.Value));
    }
}
