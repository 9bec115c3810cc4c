using Pipeline.Models.Probing;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>Autoencoder cases: moments and samples of an image's latent, decoded latents, outputs of blocks (<c>feat.encoder.mid_block</c>, first sample only).</summary>
internal sealed class AutoencoderParity : IParityRunner
{
    public string Kind => "autoencoder";

    public bool Recognises(ParityCase reference) =>
        (reference.Call.Contains("AutoencoderKL", StringComparison.Ordinal) || reference.HasFolder("vae"))
        && (reference.HasInput("image") || reference.HasInput("latent")) && (reference.Expects("decode") || reference.Expects("mean"));

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var gradients = no_grad();
        using AutoencoderKL vae = AutoencoderKL.Load(SiblingFolders.Of(reference, "vae"));
        using ActivationProbe probe = new(name => reference.Expects("feat." + name));
        if (reference.Meta.TryGetProperty("scaling_factor", out var factor))
        {
            yield return TensorComparison.Equal("scaling_factor", factor.GetDouble(), vae.Config.ScalingFactor);
        }

        foreach (TensorComparison row in Encode(reference, vae, probe).Concat(Decode(reference, vae, probe)))
        {
            yield return row;
        }

        foreach (string name in probe.Names.Order(StringComparer.Ordinal))
        {
            using Tensor first = probe[name].narrow(0, 0, 1);
            yield return reference.Compare("feat." + name, first);
        }
    }

    private static IEnumerable<TensorComparison> Encode(ParityCase reference, AutoencoderKL vae, ActivationProbe probe)
    {
        if (!reference.HasInput("image"))
        {
            yield break;
        }

        using var scope = NewDisposeScope();
        Tensor image = reference.Input("image");
        LatentDistribution latent = vae.Encode(image, probe);
        Dictionary<string, Func<Tensor>> results = new(StringComparer.Ordinal)
        {
            ["mean"] = () => latent.Mean,
            ["mode"] = () => latent.Mean,
            ["logvar"] = () => latent.LogVariance,
            ["std"] = latent.StandardDeviation,
            ["sample"] = () => latent.Sample(reference.Input("noise")),
            ["latents_scaled"] = () => vae.ToLatent(image),
            ["decode_of_scaled"] = () => vae.ToImage(vae.ToLatent(image)),
        };
        foreach ((string name, Func<Tensor> compute) in results.Where(r => reference.Expects(r.Key)))
        {
            yield return reference.Compare(name, compute());
        }
    }

    private static IEnumerable<TensorComparison> Decode(ParityCase reference, AutoencoderKL vae, ActivationProbe probe)
    {
        using var scope = NewDisposeScope();
        if (reference.HasInput("latent") && reference.Expects("decode"))
        {
            yield return reference.Compare("decode", vae.Decode(reference.Input("latent"), probe));
        }
    }
}
