using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Denoising;

/// <summary>The UNet's configuration: the run's model section, with what the base models determine filled in.</summary>
internal static class DiffusionModelSection
{
    /// <summary>Completes a section: latent size and channels are the autoencoder's for pictures of a side, the text width is the text tower's.</summary>
    /// <exception cref="TrainingException">The section says something else.</exception>
    public static JsonObject Complete(JsonElement section, DiffusionBases bases, int side)
    {
        JsonObject config = JsonNode.Parse(section.GetRawText())!.AsObject();
        Fill(config, "in_channels", bases.Vae.Config.LatentChannels);
        Fill(config, "out_channels", bases.Vae.Config.LatentChannels);
        Fill(config, "sample_size", side / bases.Vae.Config.Factor);
        Fill(config, "cross_attention_dim", bases.Text.Config.Tower.Hidden);
        return config;
    }

    /// <summary>Reads a completed section.</summary>
    public static UNetConfig Read(JsonObject config) => UNetConfig.Read(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.ToJsonString()), "model"));

    private static void Fill(JsonObject config, string key, int value)
    {
        if (config[key] is { } given && given.ToJsonString() != value.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            throw new TrainingException($"model.{key} is {given.ToJsonString()}, the base models have {value}: leave it out, or take other base models");
        }

        config[key] = value;
    }
}
