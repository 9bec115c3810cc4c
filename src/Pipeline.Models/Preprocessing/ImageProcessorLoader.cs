namespace Pipeline.Models.Preprocessing;

/// <summary>Chooses the processor that a checkpoint's folder names.</summary>
public static class ImageProcessorLoader
{
    /// <summary>The processor of <c>image_processor_type</c> (or the older <c>feature_extractor_type</c>) in <c>preprocessor_config.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file is missing or wrong, or names a processor that is not known here.</exception>
    public static IImageProcessor Load(string directory)
    {
        string type = PreprocessorConfig.Read(directory).ProcessorType;
        return type switch
        {
            "CLIPImageProcessor" or "CLIPImageProcessorFast" or "CLIPFeatureExtractor" => ClipImageProcessor.FromDirectory(directory),
            "BlipImageProcessor" or "BlipImageProcessorFast" => BlipImageProcessor.FromDirectory(directory),
            "ViTImageProcessor" or "ViTImageProcessorFast" or "ViTFeatureExtractor" => VitImageProcessor.FromDirectory(directory),
            "LlavaNextImageProcessor" or "LlavaNextImageProcessorFast" => LlavaNextImageProcessor.FromDirectory(directory),
            _ => throw new ModelFormatException($"{Path.Combine(directory, "preprocessor_config.json")}: image processor \"{type}\" is not known; CLIP, BLIP, ViT and LLaVA-NeXT are"),
        };
    }
}
