using Pipeline.Models.StableDiffusion;
using static Pipeline.Models.Tests.StableDiffusion.TinyUNet;

namespace Pipeline.Models.Tests.StableDiffusion;

public sealed class UNetConfigTests
{
    [Theory]
    [InlineData("\"class_embed_type\": \"timestep\"", "class_embed_type")]
    [InlineData("\"num_class_embeds\": 10", "num_class_embeds")]
    [InlineData("\"encoder_hid_dim_type\": \"text_proj\"", "encoder_hid_dim_type")]
    [InlineData("\"addition_embed_type\": \"image\"", "addition_embed_type")]
    [InlineData("\"addition_embed_type\": \"text_time\"", "addition_time_embed_dim")]
    [InlineData("\"only_cross_attention\": [true, false, false]", "only_cross_attention")]
    [InlineData("\"dual_cross_attention\": true", "dual_cross_attention")]
    [InlineData("\"resnet_time_scale_shift\": \"scale_shift\"", "resnet_time_scale_shift")]
    [InlineData("\"time_embedding_type\": \"fourier\"", "time_embedding_type")]
    [InlineData("\"mid_block_type\": \"UNetMidBlock2DSimpleCrossAttn\"", "mid_block_type")]
    [InlineData("\"mid_block_type\": null", "mid_block_type")]
    [InlineData("\"attention_type\": \"gated\"", "attention_type")]
    [InlineData("\"cross_attention_norm\": \"group_norm\"", "cross_attention_norm")]
    [InlineData("\"act_fn\": \"mish\"", "mish")]
    [InlineData("\"downsample_padding\": 2", "downsample_padding")]
    [InlineData("\"conv_in_kernel\": 4", "conv_in_kernel")]
    public void A_key_that_switches_on_what_we_lack_is_refused_by_name(string entry, string word)
    {
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => Config(Json.Replace("\"in_channels\"", entry + ", \"in_channels\"", StringComparison.Ordinal)));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"block_out_channels\": [8, 12, 16]", "\"block_out_channels\": []")]
    [InlineData("\"block_out_channels\": [8, 12, 16]", "\"block_out_channels\": [8, 12]")]
    [InlineData("\"block_out_channels\": [8, 12, 16]", "\"block_out_channels\": [8, 12, -16]")]
    [InlineData("\"layers_per_block\": 1", "\"layers_per_block\": [1, 2]")]
    [InlineData("\"layers_per_block\": 1", "\"layers_per_block\": 0")]
    [InlineData("\"attention_head_dim\": 2", "\"attention_head_dim\": 3")]
    [InlineData("\"DownBlock2D\"]", "\"AttnDownBlock2D\"]")]
    [InlineData("[\"UpBlock2D\"", "[\"ResnetUpsampleBlock2D\"")]
    public void A_configuration_that_contradicts_itself_is_refused(string present, string wrong)
    {
        Assert.Contains(present, Json, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => Config(Json.Replace(present, wrong, StringComparison.Ordinal)));
    }

    [Fact]
    public void Keys_that_switch_features_off_and_unknown_keys_are_accepted()
    {
        UNetConfig config = Config(Json.Replace("\"in_channels\"", """
            "only_cross_attention": false, "class_embed_type": null, "resnet_time_scale_shift": "default", "dropout": 0.0, "sample_size": [32, 48], "in_channels"
            """, StringComparison.Ordinal));
        Assert.Equal([8, 12, 16], config.Levels.Select(l => l.Channels));
        Assert.Equal(0, config.SampleSize);
        Assert.Equal(32, config.TimeEmbeddingSize);
    }

    [Fact]
    public void The_number_of_heads_wins_over_the_misnamed_head_dimension()
    {
        UNetConfig config = Config(Json.Replace("\"attention_head_dim\": 2", "\"attention_head_dim\": 3, \"num_attention_heads\": [1, 2, 4]", StringComparison.Ordinal));
        Assert.Equal([1, 2, 4], config.Levels.Select(l => l.Heads));
    }

    [Fact]
    public void Up_levels_take_the_down_levels_transformer_depth_in_reverse_unless_they_have_their_own()
    {
        UNetConfig mirrored = Config(Json.Replace("\"layers_per_block\"", "\"transformer_layers_per_block\": [1, 2, 3], \"layers_per_block\"", StringComparison.Ordinal));
        Assert.Equal([3, 2, 1], mirrored.UpTransformerLayers);
        UNetConfig own = Config(Json.Replace("\"layers_per_block\"", "\"reverse_transformer_layers_per_block\": [1, 1, 2], \"layers_per_block\"", StringComparison.Ordinal));
        Assert.Equal([1, 1, 2], own.UpTransformerLayers);
    }

    [Fact]
    public void A_level_may_have_its_own_number_of_layers()
    {
        using UNet2DConditionModel unet = Create(Json.Replace("\"layers_per_block\": 1", "\"layers_per_block\": [1, 3, 2]", StringComparison.Ordinal));
        using var scope = TorchSharp.torch.NewDisposeScope();
        Assert.Equal([2, 4, 8, 8], unet.Forward(Sample(), TorchSharp.torch.tensor(10L), Context()).shape);
        Assert.Contains(unet.AttentionSites, s => s.Name.StartsWith("up_blocks.1.attentions.3", StringComparison.Ordinal));
    }
}
