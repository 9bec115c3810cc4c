using System.Text.Json;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// A thin view of a JSON configuration. Nested configurations leave out what equals their class's default, so every reader gives its default;
/// a reader without one requires the key. Errors name the file and the key.
/// </summary>
public sealed class ModelConfig
{
    private const long MaximumBytes = 16L << 20;

    private readonly JsonElement _root;
    private readonly string _prefix;

    private ModelConfig(string path, JsonElement root, string prefix)
    {
        Path = path;
        _root = root;
        _prefix = prefix;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The entries of this object, in order.</summary>
    public IEnumerable<(string Name, JsonElement Value)> Entries => _root.EnumerateObject().Select(p => (p.Name, p.Value));

    /// <summary>Reads a file.</summary>
    /// <param name="path">A JSON file whose root is an object.</param>
    /// <param name="maximumBytes">Larger files are refused; 16 MiB by default.</param>
    /// <exception cref="ModelFormatException">The file is missing, too large or not a JSON object.</exception>
    public static ModelConfig Read(string path, long maximumBytes = MaximumBytes)
    {
        try
        {
            FileInfo info = new(path);
            if (!info.Exists)
            {
                throw new ModelFormatException($"{path}: no such file");
            }

            if (info.Length > maximumBytes)
            {
                throw new ModelFormatException($"{path}: {info.Length} bytes, more than the limit of {maximumBytes}");
            }

            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ModelFormatException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads JSON text; <paramref name="path"/> is for messages.</summary>
    /// <exception cref="ModelFormatException">Not a JSON object.</exception>
    public static ModelConfig Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(PythonJson.ToJson(json), new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ModelConfig(path, document.RootElement.Clone(), "")
                : throw new ModelFormatException($"{path}: is not a JSON object");
        }
        catch (JsonException error)
        {
            throw new ModelFormatException($"{path}: is not valid JSON: {error.Message}", error);
        }
    }

    /// <summary>A view of an object inside a list; <paramref name="prefix"/> names it in messages.</summary>
    /// <exception cref="ModelFormatException">Not an object.</exception>
    public static ModelConfig Wrap(JsonElement element, string path, string prefix) => element.ValueKind == JsonValueKind.Object
        ? new ModelConfig(path, element, prefix)
        : throw new ModelFormatException($"{path}: {prefix} must hold objects");

    /// <summary>True when the key is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A nested object; empty when the key is absent or null, so that its readers give their defaults.</summary>
    public ModelConfig Sub(string name)
    {
        if (Find(name) is not { } value)
        {
            using JsonDocument empty = JsonDocument.Parse("{}");
            return new ModelConfig(Path, empty.RootElement.Clone(), Key(name) + ".");
        }

        return value.ValueKind == JsonValueKind.Object ? new ModelConfig(Path, value, Key(name) + ".") : throw Wrong(name, "an object");
    }

    /// <summary>A whole number.</summary>
    public int Int(string name, int? fallback = null) => Find(name) is not { } value
        ? fallback ?? throw Required(name)
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Wrong(name, "a whole number");

    /// <summary>A number.</summary>
    public double Double(string name, double? fallback = null) => Find(name) is not { } value
        ? fallback ?? throw Required(name)
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Wrong(name, "a number");

    /// <summary>A text.</summary>
    public string String(string name, string? fallback = null) => Find(name) is not { } value
        ? fallback ?? throw Required(name)
        : value.ValueKind == JsonValueKind.String ? Text(value, name) : throw Wrong(name, "a text");

    /// <summary>True or false.</summary>
    public bool Bool(string name, bool? fallback = null) => Find(name) is not { } value
        ? fallback ?? throw Required(name)
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "true or false");

    /// <summary>A list of whole numbers; a single number is a list of one.</summary>
    public int[] Ints(string name, int[]? fallback = null)
    {
        if (Find(name) is not { } value)
        {
            return fallback ?? throw Required(name);
        }

        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out int n) ? n : throw Wrong(name, "a list of whole numbers"))]
            : [Int(name)];
    }

    /// <summary>A list of numbers.</summary>
    public double[] Doubles(string name, double[]? fallback = null)
    {
        if (Find(name) is not { } value)
        {
            return fallback ?? throw Required(name);
        }

        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number ? v.GetDouble() : throw Wrong(name, "a list of numbers"))]
            : throw Wrong(name, "a list of numbers");
    }

    /// <summary>A list of texts.</summary>
    public string[] Strings(string name, string[]? fallback = null)
    {
        if (Find(name) is not { } value)
        {
            return fallback ?? throw Required(name);
        }

        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.String ? Text(v, name) : throw Wrong(name, "a list of texts"))]
            : throw Wrong(name, "a list of texts");
    }

    /// <summary>The value as it is, for what has several forms; null when the key is absent or null.</summary>
    public JsonElement? Find(string name) =>
        _root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The error for a key whose value has the wrong form; for readers of what has several forms.</summary>
    public ModelFormatException Wrong(string name, string expected) => new($"{Path}: {Key(name)} must be {expected}");

    private string Text(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new ModelFormatException($"{Path}: {Key(name)} is not valid text: {error.Message}", error);
        }
    }

    private ModelFormatException Required(string name) => new($"{Path}: {Key(name)} is missing");

    private string Key(string name) => _prefix + name;
}
