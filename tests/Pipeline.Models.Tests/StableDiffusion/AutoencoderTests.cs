using System.Text;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using static Pipeline.Models.Tests.StableDiffusion.TinyUNet;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.StableDiffusion;

public sealed class AutoencoderTests
{
    private static readonly AutoencoderConfig Tiny = new() { Channels = [8, 8, 16], Layers = 1, NormGroups = 4 };

    [Fact]
    public void Image_and_latent_differ_by_the_factor()
    {
        using AutoencoderKL vae = Create();
        using var scope = NewDisposeScope();
        Tensor image = Random(1, 2, 3, 16, 24);
        using LatentDistribution latent = vae.Encode(image);
        Assert.Equal([2, 4, 4, 6], latent.Mean.shape);
        Assert.Equal([2, 3, 16, 24], vae.Decode(latent.Mean).shape);
        AssertClose(latent.Mean * 0.18215, vae.ToLatent(image), 1e-6);
        AssertClose(vae.Decode(latent.Mean), vae.ToImage(vae.ToLatent(image)), 1e-4);
    }

    [Fact]
    public void A_sample_is_mean_plus_deviation_times_noise_and_no_noise_is_the_mean()
    {
        using AutoencoderKL vae = Create();
        using var scope = NewDisposeScope();
        using LatentDistribution latent = vae.Encode(Random(1, 1, 3, 8, 8));
        Tensor noise = Random(2, 1, 4, 2, 2);
        AssertClose(latent.Mean, latent.Sample(zeros_like(noise)), 0);
        AssertClose(latent.Mean + ((latent.LogVariance * 0.5).exp() * noise), latent.Sample(noise), 1e-6);
    }

    [Fact]
    public void The_log_variance_is_clamped()
    {
        using var scope = NewDisposeScope();
        Tensor moments = cat([zeros(1, 4, 1, 1), full([1, 4, 1, 1], 1e4)], 1);
        using LatentDistribution wide = new(moments);
        Assert.Equal(20f, wide.LogVariance.max().item<float>());
        using LatentDistribution narrow = new(moments * -1.0);
        Assert.Equal(-30f, narrow.LogVariance.min().item<float>());
        Assert.True(wide.StandardDeviation().isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData(3, 15, 16)]
    [InlineData(3, 16, 2)]
    [InlineData(1, 16, 16)]
    public void An_image_that_does_not_fit_is_refused(long channels, long height, long width)
    {
        using AutoencoderKL vae = Create();
        using Tensor image = zeros(1, channels, height, width);
        Assert.Throws<ArgumentException>(() => vae.Encode(image));
    }

    [Fact]
    public void Old_key_names_and_attention_stored_as_convolutions_give_the_same_network()
    {
        using TemporaryFolder folder = new();
        string present = Fixtures.Path("goldens", "diffusion", "tiny-sd", "vae");
        string old = Path.Combine(folder.Path, "vae");
        Directory.CreateDirectory(old);
        File.Copy(Path.Combine(present, "config.json"), Path.Combine(old, "config.json"));
        using var scope = NewDisposeScope();
        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(present, "diffusion_pytorch_model.safetensors")))
        {
            SafetensorsWriter.Write(Path.Combine(old, "diffusion_pytorch_model.safetensors"), file.Names.Select(n => (OldName(n), AsConvolution(n, file.ReadTensor(n)))));
        }

        using AutoencoderKL expected = AutoencoderKL.Load(present);
        using AutoencoderKL actual = AutoencoderKL.Load(old);
        Tensor image = Random(1, 1, 3, 16, 16);
        AssertClose(expected.ToLatent(image), actual.ToLatent(image), 0);
        AssertClose(expected.ToImage(Random(2, 1, 4, 4, 4)), actual.ToImage(Random(2, 1, 4, 4, 4)), 0);
    }

    [Fact]
    public void The_modules_names_are_the_checkpoints_names()
    {
        string path = Fixtures.Path("goldens", "diffusion", "tiny-sd", "vae");
        using AutoencoderKL vae = AutoencoderKL.Load(path);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(path, "diffusion_pytorch_model.safetensors"));
        Assert.Equal(file.Names.Order(StringComparer.Ordinal), vae.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"shift_factor\": 0.1", "shift_factor")]
    [InlineData("\"use_quant_conv\": false", "use_quant_conv")]
    [InlineData("\"latents_mean\": [0.1]", "latents_mean")]
    [InlineData("\"down_block_types\": [\"AttnDownEncoderBlock2D\"]", "down_block_types")]
    [InlineData("\"block_out_channels\": [8, 0]", "block_out_channels")]
    [InlineData("\"scaling_factor\": 0", "scaling_factor")]
    public void What_is_not_implemented_is_refused_by_name(string entry, string word)
    {
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => Read($"{{{entry}}}"));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_scaling_factor_has_stable_diffusions()
    {
        Assert.Equal(0.18215, Read("{}").ScalingFactor);
        Assert.Equal(0.13025, Read("{\"scaling_factor\": 0.13025}").ScalingFactor);
        Assert.Equal(8, new AutoencoderConfig().Factor);
    }

    [Fact]
    public void A_probe_hears_the_parts_it_asks_for_and_changes_nothing()
    {
        using AutoencoderKL vae = Create();
        using var scope = NewDisposeScope();
        Tensor image = Random(1, 1, 3, 16, 16);
        using ActivationProbe probe = new("encoder.down_blocks.0", "encoder.conv_out", "decoder.mid_block.attentions.0", "decoder.up_blocks.2");
        using LatentDistribution heard = vae.Encode(image, probe);
        using LatentDistribution plain = vae.Encode(image);
        AssertClose(plain.Mean, heard.Mean, 0);
        AssertClose(vae.Decode(plain.Mean), vae.Decode(plain.Mean, probe), 0);
        Assert.Equal(4, probe.Names.Count);
        Assert.Equal([1, 8, 8, 8], probe["encoder.down_blocks.0"].shape);
    }

    [Fact]
    public void Encoding_and_decoding_leave_no_tensor_behind()
    {
        using AutoencoderKL vae = Create();
        using Tensor image = Random(1, 1, 3, 16, 16);
        AssertLeavesNoTensor(() =>
        {
            using Tensor latent = vae.ToLatent(image);
            using Tensor back = vae.ToImage(latent);
            using LatentDistribution distribution = vae.Encode(image);
            using Tensor sample = distribution.Sample(latent);
        });
        AssertLeavesNoTensor(() => Create().Dispose());
    }

    private static AutoencoderKL Create() => new(new RandomWeights(3, nonTrivial: true), Tiny);

    private static AutoencoderConfig Read(string json) => AutoencoderConfig.Read(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json"));

    private static string OldName(string name) => name.Replace("to_q.", "query.", StringComparison.Ordinal).Replace("to_k.", "key.", StringComparison.Ordinal)
        .Replace("to_v.", "value.", StringComparison.Ordinal).Replace("to_out.0.", "proj_attn.", StringComparison.Ordinal);

    private static Tensor AsConvolution(string name, Tensor weight) =>
        name.Contains("attentions", StringComparison.Ordinal) && weight.ndim == 2 ? weight.unsqueeze(-1).unsqueeze(-1) : weight;
}
