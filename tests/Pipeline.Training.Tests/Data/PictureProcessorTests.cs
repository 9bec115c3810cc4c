using Pipeline.Training.Data;

namespace Pipeline.Training.Tests.Data;

public sealed class PictureProcessorTests
{
    private const string Values = "  \"image_mean\": [0.5, 0.5, 0.5],\n  \"image_processor_type\": \"KIND\",\n  \"image_std\": [0.5, 0.5, 0.5],\n  \"resample\": FILTER,\n  \"rescale_factor\": 0.00392156862745098,\n";
    private const string Steps = "  \"do_normalize\": true,\n  \"do_rescale\": true,\n  \"do_resize\": true,\n";
    private const string Crop = "{\n  \"crop_size\": {\"height\": 64, \"width\": 64},\n  \"do_center_crop\": true,\n  \"do_convert_rgb\": true,\n";

    /// <summary>A model folder's digest covers these files: models that were shipped before must come out the same.</summary>
    [Fact]
    public void Image_settings_have_the_bytes_of_shipped_models()
    {
        Assert.Equal(Crop + Steps + Of("CLIPImageProcessor", 3) + "  \"size\": {\"shortest_edge\": 64}\n}\n", PictureProcessor.Clip(64));
        Assert.Equal(
            Crop + Steps + "  \"image_grid_pinpoints\": [[64, 64], [64, 128], [128, 64]],\n" + Of("LlavaNextImageProcessor", 3) + "  \"size\": {\"shortest_edge\": 64}\n}\n",
            PictureProcessor.LlavaNext(64, "[[64, 64], [64, 128], [128, 64]]"));
        Assert.Equal("{\n  \"do_convert_rgb\": true,\n" + Steps + Of("BlipImageProcessor", 3) + "  \"size\": {\"height\": 64, \"width\": 64}\n}\n", PictureProcessor.Blip(64));
        Assert.Equal("{\n" + Steps + Of("ViTImageProcessor", 2) + "  \"size\": {\"height\": 64, \"width\": 64}\n}\n", PictureProcessor.Vit(64));
    }

    private static string Of(string kind, int filter) => Values.Replace("KIND", kind, StringComparison.Ordinal).Replace("FILTER", $"{filter}", StringComparison.Ordinal);
}
