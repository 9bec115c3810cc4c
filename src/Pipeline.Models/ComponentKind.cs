namespace Pipeline.Models;

/// <summary>What a folder of a model directory is for.</summary>
public enum ComponentKind
{
    /// <summary>A diffusers pipeline folder (model_index.json): UNet, autoencoder, text encoder, tokenizer, scheduler.</summary>
    Diffusion,

    /// <summary>An InstructPix2Pix pipeline (model_index.json with that class): its UNet takes the source's latent as four more channels.</summary>
    Instruct,

    /// <summary>The multimodal language model that looks and answers: LLaVA-NeXT.</summary>
    Mllm,

    /// <summary>The captioner: BLIP-2.</summary>
    Captioner,

    /// <summary>CLIP with both towers, for metrics.</summary>
    Clip,

    /// <summary>A DINO vision transformer, for structure metrics.</summary>
    Dino,

    /// <summary>An image classifier, for metrics: whether a picture shows the wanted emotion.</summary>
    Classifier,

    /// <summary>An LPIPS network, for perceptual distances.</summary>
    Lpips,
}
