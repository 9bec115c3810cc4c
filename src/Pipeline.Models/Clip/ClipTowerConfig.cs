using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Clip;

/// <summary>Sizes that the text and the image tower of CLIP have in common.</summary>
/// <param name="Hidden">Width of the residual stream.</param>
/// <param name="Intermediate">Width inside the MLP.</param>
/// <param name="Layers">Number of transformer layers.</param>
/// <param name="Heads">Attention heads; divides <paramref name="Hidden"/>.</param>
/// <param name="Activation">Name of the MLP's activation (OpenAI's towers: <c>quick_gelu</c>).</param>
/// <param name="Epsilon">Epsilon of every layer norm.</param>
public sealed record ClipTowerConfig(int Hidden, int Intermediate, int Layers, int Heads, string Activation = "quick_gelu", double Epsilon = 1e-5)
{
    /// <summary>Reads the common keys; <paramref name="defaults"/> stands in for keys that a nested configuration leaves out.</summary>
    /// <exception cref="ModelFormatException">A key has the wrong type or a value that no tower can have.</exception>
    public static ClipTowerConfig From(ModelConfig config, ClipTowerConfig defaults)
    {
        var tower = new ClipTowerConfig(
            config.Int("hidden_size", defaults.Hidden),
            config.Int("intermediate_size", defaults.Intermediate),
            config.Int("num_hidden_layers", defaults.Layers),
            config.Int("num_attention_heads", defaults.Heads),
            config.String("hidden_act", defaults.Activation),
            config.Double("layer_norm_eps", defaults.Epsilon));
        ModelLimits.Require(tower.Hidden > 0 && tower.Heads > 0 && tower.Hidden % tower.Heads == 0, config,
            $"hidden_size {tower.Hidden} is not a positive multiple of num_attention_heads {tower.Heads}");
        ModelLimits.Require(tower.Intermediate > 0 && tower.Layers is > 0 and <= ModelLimits.MaxLayers, config,
            $"intermediate_size {tower.Intermediate} or num_hidden_layers {tower.Layers} is out of range");
        return tower;
    }
}
