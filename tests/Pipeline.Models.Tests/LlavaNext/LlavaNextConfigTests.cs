using System.Text;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.LlavaNext;

namespace Pipeline.Models.Tests.LlavaNext;

public sealed class LlavaNextConfigTests
{
    [Fact]
    public void What_a_file_leaves_out_has_the_class_defaults()
    {
        var config = Read("""{"model_type": "llava_next"}""");
        Assert.Equal((1024, 24, 336, 14), (config.Vision.Tower.Hidden, config.Vision.Tower.Layers, config.Vision.ImageSize, config.Vision.PatchSize));
        Assert.Equal(("llama", 11008, 32, 32), (config.Text.Kind, config.Text.Intermediate, config.Text.KeyValueHeads, config.Text.Layers));
        Assert.Equal((32000, -2, (672, 672)), (config.ImageToken, config.FeatureLayer, config.Resolutions[2]));
    }

    [Fact]
    public void Mistral_has_defaults_of_its_own()
    {
        var text = Read(Text("""{"model_type": "mistral"}""")).Text;
        Assert.Equal((14336, 8, 4096, 1e-6, 10000.0), (text.Intermediate, text.KeyValueHeads, text.SlidingWindow, text.Epsilon, text.RotaryBase));
    }

    [Fact]
    public void A_window_of_null_is_none_and_a_missing_one_is_the_default()
    {
        Assert.Null(Read(Text("""{"model_type": "mistral", "sliding_window": null}""")).Text.SlidingWindow);
        Assert.Null(Read(Text("""{"model_type": "llama"}""")).Text.SlidingWindow);
        Assert.Equal(7, Read(Text("""{"model_type": "mistral", "sliding_window": 7}""")).Text.SlidingWindow);
    }

    [Theory]
    [InlineData("""{"model_type": "llava"}""")]
    [InlineData("""{"model_type": "llava_next", "vision_feature_select_strategy": "full"}""")]
    [InlineData("""{"model_type": "llava_next", "use_image_newline_parameter": false}""")]
    [InlineData("""{"model_type": "llava_next", "vision_feature_layer": -40}""")]
    [InlineData("""{"model_type": "llava_next", "vision_feature_layer": [-2, -3]}""")]
    [InlineData("""{"model_type": "llava_next", "image_token_index": -1}""")]
    [InlineData("""{"model_type": "llava_next", "image_grid_pinpoints": []}""")]
    [InlineData("""{"model_type": "llava_next", "image_grid_pinpoints": [[336]]}""")]
    [InlineData("""{"model_type": "llava_next", "image_grid_pinpoints": [[336, 500]]}""")]
    [InlineData("""{"model_type": "llava_next", "image_grid_pinpoints": "many"}""")]
    [InlineData("""{"model_type": "llava_next", "vision_config": {"model_type": "siglip_vision_model"}}""")]
    [InlineData("""{"model_type": "llava_next", "text_config": {"model_type": "qwen2"}}""")]
    [InlineData("""{"model_type": "llava_next", "text_config": {"model_type": "llama", "rope_scaling": {"type": "linear", "factor": 2}}}""")]
    [InlineData("""{"model_type": "llava_next", "text_config": {"model_type": "llama", "attention_bias": true}}""")]
    [InlineData("""{"model_type": "llava_next", "text_config": {"model_type": "llama", "num_key_value_heads": 5}}""")]
    [InlineData("""{"model_type": "llava_next", "text_config": {"model_type": "llama", "num_hidden_layers": 1000000}}""")]
    [InlineData("""{"model_type": "llava_next", "text_config": {"model_type": "llama", "num_attention_heads": 0}}""")]
    [InlineData("""{"model_type": "llava_next", "text_config": {"model_type": "mistral", "sliding_window": 0}}""")]
    public void What_is_not_computed_is_refused_with_the_file_named(string json)
    {
        var error = Assert.Throws<ModelFormatException>(() => Read(json));
        Assert.Contains("x/config.json", error.Message, StringComparison.Ordinal);
    }

    private static string Text(string text) => $$"""{"model_type": "llava_next", "text_config": {{text}}}""";

    private static LlavaNextConfig Read(string json) => LlavaNextConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "x/config.json"));
}
