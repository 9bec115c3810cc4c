namespace Pipeline.Cli.Models.Tiny;

/// <summary>Configuration files of the tiny family: the published layouts (levels, sites, kinds of blocks), with a few channels.</summary>
internal static class TinyConfigurations
{
    public const string ModelIndex = """
        {
          "_class_name": "StableDiffusionPipeline",
          "feature_extractor": [null, null],
          "requires_safety_checker": false,
          "safety_checker": [null, null],
          "scheduler": ["diffusers", "DDIMScheduler"],
          "text_encoder": ["transformers", "CLIPTextModel"],
          "tokenizer": ["transformers", "CLIPTokenizer"],
          "unet": ["diffusers", "UNet2DConditionModel"],
          "vae": ["diffusers", "AutoencoderKL"]
        }
        """;

    public const string Scheduler = """
        {
          "_class_name": "DDIMScheduler",
          "beta_end": 0.012,
          "beta_schedule": "scaled_linear",
          "beta_start": 0.00085,
          "clip_sample": false,
          "num_train_timesteps": 1000,
          "prediction_type": "epsilon",
          "set_alpha_to_one": false,
          "steps_offset": 1,
          "timestep_spacing": "leading",
          "trained_betas": null
        }
        """;

    /// <summary>Stable Diffusion 1's four levels with 16 attention sites.</summary>
    public const string UNet = """
        {
          "_class_name": "UNet2DConditionModel",
          "act_fn": "silu",
          "attention_head_dim": 4,
          "block_out_channels": [16, 32, 32, 32],
          "center_input_sample": false,
          "cross_attention_dim": 32,
          "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
          "downsample_padding": 1,
          "flip_sin_to_cos": true,
          "freq_shift": 0,
          "in_channels": 4,
          "layers_per_block": 2,
          "mid_block_scale_factor": 1,
          "norm_eps": 1e-05,
          "norm_num_groups": 8,
          "out_channels": 4,
          "sample_size": 16,
          "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]
        }
        """;

    /// <summary>InstructPix2Pix: half as wide, and four more input channels for the source's latent.</summary>
    public static string InstructUNet => UNet.Replace("\"in_channels\": 4", "\"in_channels\": 8", StringComparison.Ordinal)
        .Replace("[16, 32, 32, 32]", "[8, 16, 16, 16]", StringComparison.Ordinal)
        .Replace("\"norm_num_groups\": 8", "\"norm_num_groups\": 4", StringComparison.Ordinal)
        .Replace("\"attention_head_dim\": 4", "\"attention_head_dim\": 2", StringComparison.Ordinal);

    public static string InstructIndex => ModelIndex.Replace("StableDiffusionPipeline", "StableDiffusionInstructPix2PixPipeline", StringComparison.Ordinal);

    /// <summary>Eight pixels a latent cell, as in Stable Diffusion 1.</summary>
    public const string Autoencoder = """
        {
          "_class_name": "AutoencoderKL",
          "act_fn": "silu",
          "block_out_channels": [8, 16, 16, 16],
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
          "in_channels": 3,
          "latent_channels": 4,
          "layers_per_block": 1,
          "norm_num_groups": 4,
          "out_channels": 3,
          "sample_size": 128,
          "scaling_factor": 0.18215,
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]
        }
        """;

    public const string DinoViT = """
        {
          "architectures": ["ViTModel"],
          "hidden_act": "gelu",
          "hidden_size": 36,
          "image_size": 32,
          "intermediate_size": 72,
          "layer_norm_eps": 1e-12,
          "model_type": "vit",
          "num_attention_heads": 3,
          "num_channels": 3,
          "num_hidden_layers": 3,
          "patch_size": 8,
          "qkv_bias": true
        }
        """;

    private const string ClipMeans = "\"image_mean\": [0.48145466, 0.4578275, 0.40821073],\n  \"image_std\": [0.26862954, 0.26130258, 0.27577711]";

    public static string TextEncoder(int vocabulary) => $$"""
        {
          "architectures": ["CLIPTextModel"],
          "bos_token_id": {{vocabulary - 2}},
          "eos_token_id": {{vocabulary - 1}},
          "hidden_act": "quick_gelu",
          "hidden_size": 32,
          "intermediate_size": 64,
          "layer_norm_eps": 1e-05,
          "max_position_embeddings": 77,
          "model_type": "clip_text_model",
          "num_attention_heads": 4,
          "num_hidden_layers": 2,
          "pad_token_id": {{vocabulary - 1}},
          "projection_dim": 32,
          "vocab_size": {{vocabulary}}
        }
        """;

    public static string Clip(int vocabulary) => $$"""
        {
          "architectures": ["CLIPModel"],
          "logit_scale_init_value": 2.6592,
          "model_type": "clip",
          "projection_dim": 24,
          "text_config": {
            "bos_token_id": {{vocabulary - 2}},
            "eos_token_id": {{vocabulary - 1}},
            "hidden_act": "quick_gelu",
            "hidden_size": 32,
            "intermediate_size": 64,
            "max_position_embeddings": 77,
            "model_type": "clip_text_model",
            "num_attention_heads": 4,
            "num_hidden_layers": 2,
            "projection_dim": 24,
            "vocab_size": {{vocabulary}}
          },
          "vision_config": {
            "hidden_act": "quick_gelu",
            "hidden_size": 32,
            "image_size": 32,
            "intermediate_size": 64,
            "model_type": "clip_vision_model",
            "num_attention_heads": 4,
            "num_hidden_layers": 2,
            "patch_size": 8,
            "projection_dim": 24
          }
        }
        """;

    /// <param name="vocabulary">Tokens, the last two being the image and the padding token.</param>
    public static string Llava(int vocabulary) => $$"""
        {
          "architectures": ["LlavaNextForConditionalGeneration"],
          "image_grid_pinpoints": [[56, 112], [112, 56], [112, 112], [168, 56], [56, 168]],
          "image_token_index": {{vocabulary - 2}},
          "model_type": "llava_next",
          "pad_token_id": {{vocabulary - 1}},
          "projector_hidden_act": "gelu",
          "text_config": {
            "hidden_size": 64,
            "intermediate_size": 128,
            "max_position_embeddings": 8192,
            "model_type": "mistral",
            "num_attention_heads": 4,
            "num_hidden_layers": 3,
            "num_key_value_heads": 2,
            "rms_norm_eps": 1e-05,
            "rope_theta": 1000000.0,
            "sliding_window": null,
            "vocab_size": {{vocabulary}}
          },
          "tie_word_embeddings": false,
          "vision_config": {
            "hidden_act": "quick_gelu",
            "hidden_size": 32,
            "image_size": 56,
            "intermediate_size": 64,
            "model_type": "clip_vision_model",
            "num_attention_heads": 4,
            "num_hidden_layers": 3,
            "patch_size": 8,
            "projection_dim": 16
          },
          "vision_feature_layer": -2,
          "vision_feature_select_strategy": "default"
        }
        """;

    public static string LlavaGeneration(int vocabulary) => $$"""
        {
          "bos_token_id": 1,
          "eos_token_id": 2,
          "pad_token_id": {{vocabulary - 1}}
        }
        """;

    public static string Blip2(int vocabulary) => $$"""
        {
          "architectures": ["Blip2ForConditionalGeneration"],
          "model_type": "blip-2",
          "num_query_tokens": 8,
          "qformer_config": {
            "encoder_hidden_size": 32,
            "hidden_size": 32,
            "intermediate_size": 64,
            "model_type": "blip_2_qformer",
            "num_attention_heads": 4,
            "num_hidden_layers": 2
          },
          "text_config": {
            "ffn_dim": 64,
            "hidden_size": 32,
            "max_position_embeddings": 256,
            "model_type": "opt",
            "num_attention_heads": 4,
            "num_hidden_layers": 2,
            "vocab_size": {{vocabulary}},
            "word_embed_proj_dim": 32
          },
          "use_decoder_only_language_model": true,
          "vision_config": {
            "hidden_size": 32,
            "image_size": 56,
            "intermediate_size": 64,
            "model_type": "blip_2_vision_model",
            "num_attention_heads": 4,
            "num_hidden_layers": 2,
            "patch_size": 14
          }
        }
        """;

    public const string Blip2Generation = """
        {
          "bos_token_id": 2,
          "eos_token_id": 2,
          "pad_token_id": 1
        }
        """;

    public static string ClipProcessor(int side) => Processor("CLIPImageProcessor",
        $"\"crop_size\": {{\"height\": {side}, \"width\": {side}}},\n  \"do_center_crop\": true,\n  \"do_convert_rgb\": true,\n  \"size\": {{\"shortest_edge\": {side}}}", ClipMeans, 3);

    public static string LlavaProcessor => Processor("LlavaNextImageProcessor",
        "\"crop_size\": {\"height\": 56, \"width\": 56},\n  \"do_center_crop\": true,\n  \"do_convert_rgb\": true,\n  "
        + "\"image_grid_pinpoints\": [[56, 112], [112, 56], [112, 112], [168, 56], [56, 168]],\n  \"size\": {\"shortest_edge\": 56}", ClipMeans, 3);

    public static string BlipProcessor => Processor("BlipImageProcessor", "\"do_convert_rgb\": true,\n  \"size\": {\"height\": 56, \"width\": 56}", ClipMeans, 3);

    public static string DinoProcessor => Processor("ViTImageProcessor", "\"size\": {\"height\": 32, \"width\": 32}",
        "\"image_mean\": [0.485, 0.456, 0.406],\n  \"image_std\": [0.229, 0.224, 0.225]", 2);

    private static string Processor(string name, string sizes, string means, int filter) => $$"""
        {
          "do_normalize": true,
          "do_rescale": true,
          "do_resize": true,
          "image_processor_type": "{{name}}",
          {{sizes}},
          {{means}},
          "resample": {{filter}},
          "rescale_factor": 0.00392156862745098
        }
        """;
}
