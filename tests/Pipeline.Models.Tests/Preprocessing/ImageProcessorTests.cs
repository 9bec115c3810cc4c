using FsCheck;
using FsCheck.Fluent;
using Pipeline.Imaging;
using Pipeline.Models.Preprocessing;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Preprocessing;

/// <summary>What the goldens of the published processors (run by the parity tests) do not show: forms of the file, refusals, ownership, geometry.</summary>
public sealed class ImageProcessorTests
{
    private const string ClipStatistics = """ "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711] """;

    [Fact]
    public void Old_files_with_bare_integers_and_no_rescale_factor_mean_the_same()
    {
        RgbImage image = Noise(50, 30);
        PixelValues old = Clip($$"""{ "feature_extractor_type": "CLIPFeatureExtractor", "size": 28, "crop_size": 24, "resample": 3, {{ClipStatistics}} }""").Compute(image);
        PixelValues recent = Clip($$"""
            { "image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 28}, "crop_size": {"height": 24, "width": 24}, "rescale_factor": 0.00392156862745098, {{ClipStatistics}} }
            """).Compute(image);
        Assert.Equal([1, 3, 24, 24], old.Shape);
        Assert.Equal(recent.Values, old.Values);
    }

    [Fact]
    public void A_uniform_picture_becomes_its_normalised_colour()
    {
        RgbImage image = new(40, 40, [.. Enumerable.Range(0, 1600).SelectMany(_ => new byte[] { 0, 128, 255 })]);
        PixelValues values = Clip($$"""{ "size": 20, "crop_size": 20, {{ClipStatistics}} }""").Compute(image);
        Assert.All(values.Values[..400], v => Assert.Equal(-0.48145466f / 0.26862954f, v, 1e-6f));
        Assert.All(values.Values[400..800], v => Assert.Equal((128 / 255f - 0.4578275f) / 0.26130258f, v, 1e-6f));
        Assert.All(values.Values[800..], v => Assert.Equal((1 - 0.40821073f) / 0.27577711f, v, 1e-6f));
    }

    [Fact]
    public void Steps_that_the_file_switches_off_are_left_out()
    {
        RgbImage image = Noise(6, 4);
        PixelValues values = Clip("""{ "do_resize": false, "do_center_crop": false, "do_rescale": false, "do_normalize": false }""").Compute(image);
        Assert.Equal([1, 3, 4, 6], values.Shape);
        Assert.Equal(image.Pixels.Chunk(3).Select(p => (float)p[1]), values.Values[24..48]);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{ "crop_size": 24, "image_mean": [0, 0, 0], "image_std": [1, 1, 1] }""")]
    [InlineData("""{ "size": 0, "crop_size": 24, "image_mean": [0, 0, 0], "image_std": [1, 1, 1] }""")]
    [InlineData("""{ "size": 1000000, "crop_size": 24, "image_mean": [0, 0, 0], "image_std": [1, 1, 1] }""")]
    [InlineData("""{ "size": 24, "crop_size": "big", "image_mean": [0, 0, 0], "image_std": [1, 1, 1] }""")]
    [InlineData("""{ "size": 24, "crop_size": 24, "image_mean": [0, 0], "image_std": [1, 1, 1] }""")]
    [InlineData("""{ "size": 24, "crop_size": 24, "image_mean": [0, 0, 0], "image_std": [1, 0, 1] }""")]
    [InlineData("""{ "size": 24, "crop_size": 24, "resample": 9, "image_mean": [0, 0, 0], "image_std": [1, 1, 1] }""")]
    [InlineData("""{ "size": 24, "crop_size": 24, "do_resize": "yes", "image_mean": [0, 0, 0], "image_std": [1, 1, 1] }""")]
    public void Wrong_files_are_refused_by_name(string json)
    {
        ModelFormatException refusal = Assert.Throws<ModelFormatException>(() => Clip(json));
        Assert.Contains("preprocessor_config.json", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_an_unknown_processor_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ModelFormatException>(() => ImageProcessorLoader.Load(folder.Path));
        File.WriteAllText(folder.File("preprocessor_config.json"), """{ "image_processor_type": "PoolFormerImageProcessor" }""");
        Assert.Contains("PoolFormer", Assert.Throws<ModelFormatException>(() => ImageProcessorLoader.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_strip_that_would_take_gigabytes_is_refused_before_it_is_resized()
    {
        ClipImageProcessor clip = Clip($$"""{ "size": 224, "crop_size": 224, {{ClipStatistics}} }""");
        Assert.Equal(ImageErrorKind.Unsupported, Assert.Throws<ImageFormatException>(() => clip.Compute(new RgbImage(5000, 2))).Kind);
    }

    [Fact]
    public void Tiles_that_do_not_divide_the_canvases_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("preprocessor_config.json"), $$"""{ "size": 28, "crop_size": 28, "image_grid_pinpoints": [[28, 55]], {{ClipStatistics}} }""");
        Assert.Throws<ModelFormatException>(() => LlavaNextImageProcessor.FromDirectory(folder.Path));
    }

    [Fact]
    public void The_tensor_is_the_callers_and_the_only_one()
    {
        ClipImageProcessor clip = Clip($$"""{ "size": 28, "crop_size": 24, {{ClipStatistics}} }""");
        RgbImage image = Noise(50, 30);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Tensor tensor = clip.Process(image);
        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal([1, 3, 24, 24], tensor.shape);
        tensor.Dispose();
    }

    [Fact]
    public void A_picture_fits_its_canvas_and_touches_it_on_one_axis() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(int, int)>(), raw =>
        {
            int height = (raw.Item1 & 0xFFF) + 1, width = (raw.Item2 & 0xFFF) + 1;
            (int, int)[] candidates = [(336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008)];
            (int Height, int Width) canvas = AnyResolution.SelectCanvas(height, width, candidates);
            (int h, int w) = AnyResolution.FitInto(height, width, canvas);
            (int top, int left, int rows, int columns) = AnyResolution.Unpad(height, width, canvas.Height / 14, canvas.Width / 14);
            return candidates.Contains(canvas) && h <= canvas.Height && w <= canvas.Width && (h == canvas.Height || w == canvas.Width)
                && top >= 0 && left >= 0 && rows >= 0 && columns >= 0 && top * 2 + rows == canvas.Height / 14 && left * 2 + columns == canvas.Width / 14
                && AnyResolution.TokenCount(height, width, canvas, 336, 14) == 576 + rows * (columns + 1);
        }).QuickCheckThrowOnFailure();

    private static ClipImageProcessor Clip(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("preprocessor_config.json"), json);
        return ClipImageProcessor.FromDirectory(folder.Path);
    }

    private static RgbImage Noise(int width, int height)
    {
        var image = new RgbImage(width, height);
        new Random(7).NextBytes(image.Pixels);
        return image;
    }
}
