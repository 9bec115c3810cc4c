using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using static TorchSharp.torch;

namespace Pipeline.Models.Preprocessing;

/// <summary>
/// LLaVA-NeXT's any-resolution processor (CHECKPOINTS 7.4): choose a canvas, resize the picture into it, pad with black, cut into square tiles, and put the whole picture,
/// squashed to one tile, first. An odd padding gives its remainder to the bottom or right (transformers 4.52 and later; earlier versions shifted the last tiles).
/// </summary>
public sealed class LlavaNextImageProcessor : IImageProcessor
{
    private readonly (int Height, int Width) _base, _tile;
    private readonly ResampleFilter _filter;
    private readonly PixelNormalizer _normalizer;

    private LlavaNextImageProcessor(PreprocessorConfig config)
    {
        _base = config.HeightAndWidth("size");
        _tile = config.HeightAndWidth("crop_size");
        Pinpoints = config.Pinpoints();
        if (_base != _tile || _tile.Height != _tile.Width)
        {
            throw new ModelFormatException($"preprocessor_config.json: base tile {_base.Height}x{_base.Width} and tiles {_tile.Height}x{_tile.Width} must be one square size");
        }

        if (Pinpoints.FirstOrDefault(p => p.Height % _tile.Height != 0 || p.Width % _tile.Width != 0) is { Height: > 0 } odd)
        {
            throw new ModelFormatException($"preprocessor_config.json: \"image_grid_pinpoints\" has {odd.Height}x{odd.Width}, which is no multiple of the tile side {_tile.Height}");
        }

        _filter = config.Filter(ResampleFilter.Bicubic);
        _normalizer = config.Normalizer();
    }

    /// <summary>Side of a tile in pixels.</summary>
    public int TileSide => _tile.Height;

    /// <summary>The allowed canvases as (height, width).</summary>
    public IReadOnlyList<(int Height, int Width)> Pinpoints { get; }

    /// <summary>Reads <c>preprocessor_config.json</c> of a checkpoint's folder.</summary>
    /// <exception cref="ModelFormatException">The file is missing or wrong.</exception>
    public static LlavaNextImageProcessor FromDirectory(string directory) => new(PreprocessorConfig.Read(directory));

    /// <summary>Tiles and original size of a picture.</summary>
    public LlavaNextPixels ComputeTiles(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        (int Height, int Width) canvas = AnyResolution.SelectCanvas(image.Height, image.Width, Pinpoints);
        (int height, int width) = AnyResolution.FitInto(image.Height, image.Width, canvas);
        RgbImage padded = PillowResize.Resize(image, width, height, _filter)
            .PlaceOn(canvas.Width, canvas.Height, (canvas.Width - width) / 2, (canvas.Height - height) / 2);

        List<RgbImage> tiles = [PillowResize.Resize(image, _base.Width, _base.Height, _filter)];
        for (int top = 0; top < canvas.Height; top += _tile.Height)
        {
            for (int left = 0; left < canvas.Width; left += _tile.Width)
            {
                tiles.Add(padded.Crop(left, top, _tile.Width, _tile.Height));
            }
        }

        return new LlavaNextPixels(_normalizer.Stack(tiles), image.Height, image.Width);
    }

    /// <inheritdoc />
    public PixelValues Compute(RgbImage image) => ComputeTiles(image).Tiles;

    /// <inheritdoc />
    public Tensor Process(RgbImage image, Device? device = null) => Compute(image).ToTensor(device);
}
