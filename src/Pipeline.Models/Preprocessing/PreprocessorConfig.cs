using System.Text.Json;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Models.Preprocessing;

/// <summary>
/// <c>preprocessor_config.json</c> of a published checkpoint, in its newer (objects) and older (bare integers, no rescale factor) forms. The file is untrusted: every number is checked.
/// </summary>
internal sealed class PreprocessorConfig
{
    private const int LargestSide = 8192, MostPinpoints = 512;

    private readonly string _path;
    private readonly JsonElement _root;

    private PreprocessorConfig(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    /// <summary>"CLIPImageProcessor" and the like; older files say "CLIPFeatureExtractor". Empty when the file says neither.</summary>
    internal string ProcessorType => Text("image_processor_type") ?? Text("feature_extractor_type") ?? string.Empty;

    /// <exception cref="ModelFormatException">No such file, or not a JSON object.</exception>
    internal static PreprocessorConfig Read(string directory)
    {
        string path = Path.Combine(directory, "preprocessor_config.json");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new PreprocessorConfig(path, document.RootElement.Clone())
                : throw new ModelFormatException($"{path}: not a JSON object; fetch the file from the checkpoint again");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot be read: {e.Message}; the checkpoint's folder must contain it", e);
        }
    }

    internal bool Flag(string key, bool otherwise) =>
        !Find(_root, key, out JsonElement value) ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(key, "true or false");

    /// <summary>Pillow's numbers 0..5.</summary>
    internal ResampleFilter Filter(ResampleFilter otherwise)
    {
        if (!Find(_root, "resample", out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int code) && Enum.IsDefined((ResampleFilter)code)
            ? (ResampleFilter)code
            : throw Wrong("resample", "a number from 0 to 5");
    }

    /// <summary><c>size.shortest_edge</c>, or a bare integer; null when <paramref name="key"/> has a height and a width instead.</summary>
    internal int? ShortestEdge(string key)
    {
        JsonElement value = Required(key);
        if (value.ValueKind == JsonValueKind.Object)
        {
            return Find(value, "shortest_edge", out JsonElement edge) ? Side(edge, key + ".shortest_edge") : null;
        }

        return Side(value, key);
    }

    /// <summary>Height and width of <paramref name="key"/>; a bare integer or a shortest edge alone means a square.</summary>
    internal (int Height, int Width) HeightAndWidth(string key)
    {
        if (ShortestEdge(key) is { } square)
        {
            return (square, square);
        }

        JsonElement value = Required(key);
        return Find(value, "height", out JsonElement height) && Find(value, "width", out JsonElement width)
            ? (Side(height, key + ".height"), Side(width, key + ".width"))
            : throw Wrong(key, "an integer, a shortest_edge, or height and width");
    }

    /// <summary>The candidates of any-resolution pictures as (height, width).</summary>
    internal IReadOnlyList<(int Height, int Width)> Pinpoints()
    {
        const string Key = "image_grid_pinpoints";
        JsonElement list = Required(Key);
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostPinpoints)
        {
            throw Wrong(Key, $"a list of 1 to {MostPinpoints} pairs");
        }

        return [.. list.EnumerateArray().Select(pair => pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            ? (Side(pair[0], Key), Side(pair[1], Key))
            : throw Wrong(Key, "pairs of height and width"))];
    }

    /// <summary>Rescaling and normalisation.</summary>
    internal PixelNormalizer Normalizer()
    {
        double scale = Flag("do_rescale", true) ? Number("rescale_factor", 1 / 255.0) : 1;
        return Flag("do_normalize", true)
            ? new PixelNormalizer(scale, Channels("image_mean"), Channels("image_std"))
            : new PixelNormalizer(scale, [0, 0, 0], [1, 1, 1]);
    }

    private static bool Find(JsonElement owner, string key, out JsonElement value) =>
        owner.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    private double[] Channels(string key)
    {
        JsonElement list = Required(key);
        double[] values = list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 3 && list.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(v => v.GetDouble())]
            : throw Wrong(key, "three numbers");
        return values.All(double.IsFinite) && (key != "image_std" || values.All(v => v > 0)) ? values : throw Wrong(key, "finite numbers, and positive deviations");
    }

    private double Number(string key, double otherwise) =>
        !Find(_root, key, out JsonElement value) ? otherwise
        : value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble() : throw Wrong(key, "a number");

    private int Side(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int side) && side is > 0 and <= LargestSide ? side : throw Wrong(key, $"an integer from 1 to {LargestSide}");

    private string? Text(string key) => Find(_root, key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private JsonElement Required(string key) => Find(_root, key, out JsonElement value) ? value : throw new ModelFormatException($"{_path}: no \"{key}\"; fetch the file from the checkpoint again");

    private ModelFormatException Wrong(string key, string expected) => new($"{_path}: \"{key}\" must be {expected}");
}
