namespace Pipeline.Training.Data;

/// <summary>What a <c>preprocessor_config.json</c> says of the pictures that networks are trained on here: squares, values −1..1.</summary>
internal static class PictureProcessor
{
    private const string Convert = "\"do_convert_rgb\": true", Centre = "\"do_center_crop\": true";
    private const int Bilinear = 2, Bicubic = 3;

    private static readonly string[] s_steps = ["\"do_normalize\": true", "\"do_rescale\": true", "\"do_resize\": true"];

    /// <summary>For CLIP: the shorter side, then the middle.</summary>
    public static string Clip(int side) => Json([CropSize(side), Centre, Convert, .. s_steps, .. Values("CLIPImageProcessor", Bicubic), ShorterEdge(side)]);

    /// <summary>For LLaVA-NeXT: as CLIP's, with what a picture may be laid out on.</summary>
    /// <param name="side">Of a tile.</param>
    /// <param name="canvases">Heights and widths, as JSON.</param>
    public static string LlavaNext(int side, string canvases) =>
        Json([CropSize(side), Centre, Convert, .. s_steps, $"\"image_grid_pinpoints\": {canvases}", .. Values("LlavaNextImageProcessor", Bicubic), ShorterEdge(side)]);

    /// <summary>For BLIP-2: stretched to the square.</summary>
    public static string Blip(int side) => Json([Convert, .. s_steps, .. Values("BlipImageProcessor", Bicubic), Square(side)]);

    /// <summary>For vision transformers: stretched to the square.</summary>
    public static string Vit(int side) => Json([.. s_steps, .. Values("ViTImageProcessor", Bilinear), Square(side)]);

    private static string[] Values(string type, int resample) =>
    [
        "\"image_mean\": [0.5, 0.5, 0.5]", $"\"image_processor_type\": \"{type}\"", "\"image_std\": [0.5, 0.5, 0.5]", $"\"resample\": {resample}", "\"rescale_factor\": 0.00392156862745098",
    ];

    private static string CropSize(int side) => $"\"crop_size\": {{\"height\": {side}, \"width\": {side}}}";

    private static string Square(int side) => $"\"size\": {{\"height\": {side}, \"width\": {side}}}";

    private static string ShorterEdge(int side) => $"\"size\": {{\"shortest_edge\": {side}}}";

    private static string Json(string[] lines) => "{\n  " + string.Join(",\n  ", lines) + "\n}\n";
}
