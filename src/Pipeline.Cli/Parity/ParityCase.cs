using System.Text.Json;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Cli.Parity;

/// <summary>
/// One reference case: a folder with <c>meta.json</c>, stored inputs and expected values. Keeps book of what was compared, so that an expected
/// tensor that no runner looked at is reported instead of forgotten.
/// </summary>
public sealed partial class ParityCase : IDisposable
{
    private readonly JsonDocument _meta;
    private readonly JsonDocument? _expectedJson;
    private readonly HashSet<string> _compared = new(StringComparer.Ordinal);

    private ParityCase(string directory, JsonDocument meta)
    {
        Directory = directory;
        _meta = meta;
        try
        {
            Inputs = OpenTensors("inputs.safetensors");
            Expected = OpenTensors("expected.safetensors");
            _expectedJson = HasFile("expected.json") ? ReadJson(PathOf("expected.json")) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Full path of the folder.</summary>
    public string Directory { get; }

    /// <summary>Name of the folder.</summary>
    public string Name => Path.GetFileName(Directory);

    /// <summary>The root object of <c>meta.json</c>.</summary>
    public JsonElement Meta => _meta.RootElement;

    /// <summary>The <c>case</c> entry of meta.json: a name of the case's own, or the folder's name where it is absent.</summary>
    public string DeclaredName => MetaText("case") ?? Name;

    /// <summary>The <c>call</c> entry of meta.json; empty when absent. Written for people, useful to recognise a kind.</summary>
    public string Call => MetaText("call") ?? "";

    /// <summary>Stored inputs; null when the case has none.</summary>
    public SafetensorsFile? Inputs { get; }

    /// <summary>Stored results; null when they are in <see cref="ExpectedJson"/> or absent.</summary>
    public SafetensorsFile? Expected { get; }

    /// <summary>Stored results of a table or tokenizer case; null when absent.</summary>
    public JsonElement? ExpectedJson => _expectedJson?.RootElement;

    /// <summary>Keys of <see cref="Expected"/> that nothing was compared with yet.</summary>
    public IReadOnlyList<string> NotCompared => Expected is null ? [] : [.. Expected.Names.Where(n => !_compared.Contains(n))];

    /// <summary>Opens a case.</summary>
    /// <exception cref="ModelFormatException">A file of the case is damaged.</exception>
    public static ParityCase Open(string directory)
    {
        string full = Path.GetFullPath(directory).TrimEnd(Path.DirectorySeparatorChar);
        return new ParityCase(full, ReadJson(Path.Combine(full, "meta.json")));
    }

    /// <summary>The folders at or below <paramref name="root"/> that are cases, in order of their paths.</summary>
    public static IReadOnlyList<string> Find(string root) =>
        [.. System.IO.Directory.EnumerateFiles(root, "meta.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8 })
            .Select(f => Path.GetDirectoryName(Path.GetFullPath(f))!)
            .Where(IsCase)
            .Order(StringComparer.Ordinal)];

    /// <summary>Full path of a file or folder of the case; <c>../</c> leads to its neighbours.</summary>
    public string PathOf(params string[] parts) => Path.GetFullPath(Path.Combine([Directory, .. parts]));

    /// <summary>True when the case has the file.</summary>
    public bool HasFile(params string[] parts) => File.Exists(PathOf(parts));

    /// <summary>True when the case has the folder.</summary>
    public bool HasFolder(params string[] parts) => System.IO.Directory.Exists(PathOf(parts));

    /// <summary>A string of meta.json, or null.</summary>
    public string? MetaText(string key) =>
        Meta.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>
    /// The tolerance the case gives a tensor: <c>tolerances[name]</c> or <c>tolerances.all</c> with atol, rtol, exact, else the single absolute
    /// <c>tolerance</c>. Integers, booleans and tensors without any rule must be equal; 8-bit pictures under a single tolerance may be one level
    /// beside it, since they are truncated.
    /// </summary>
    public Tolerance ToleranceOf(string name)
    {
        if (Meta.TryGetProperty("tolerances", out JsonElement rules) && rules.ValueKind == JsonValueKind.Object
            && (rules.TryGetProperty(name, out JsonElement rule) || rules.TryGetProperty("all", out rule)))
        {
            return rule.TryGetProperty("exact", out JsonElement exact) && exact.ValueKind == JsonValueKind.True
                ? Tolerance.Exact
                : new Tolerance(Number(rule, "atol"), Number(rule, "rtol"));
        }

        SafetensorType type = Expected is not null && Expected.Contains(name) ? Expected.Info(name).Type : SafetensorType.F32;
        double single = Number(Meta, "tolerance");
        return type.IsFloating() ? new Tolerance(single)
            : type == SafetensorType.U8 && single > 0 ? new Tolerance(Math.Ceiling(single * 127.5) + 1)
            : Tolerance.Exact;
    }

    /// <summary>Compares our values (row-major) with an expected tensor, under the case's tolerance or the given one.</summary>
    public TensorComparison Compare(string name, ReadOnlySpan<double> actual, ReadOnlySpan<long> shape, Tolerance? tolerance = null)
    {
        _compared.Add(name);
        Tolerance allowed = tolerance ?? ToleranceOf(name);
        if (Expected is null || !Expected.Contains(name))
        {
            return new TensorComparison(name, ComparisonStatus.Failed, double.NaN, allowed.ToString(), "the case has no such expected tensor");
        }

        SafetensorInfo info = Expected.Info(name);
        return info.Shape.AsSpan().SequenceEqual(shape)
            ? allowed.Compare(name, Expected.ReadDoubles(name), actual)
            : new TensorComparison(name, ComparisonStatus.Failed, double.NaN, allowed.ToString(),
                $"shape {info.ShapeText} expected, [{string.Join(", ", shape.ToArray())}] got");
    }

    /// <summary>Leaves an expected tensor out, for a reason that the case itself gives.</summary>
    public TensorComparison Skip(string name, string reason)
    {
        _compared.Add(name);
        return new TensorComparison(name, ComparisonStatus.Skipped, double.NaN, "", reason);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _meta.Dispose();
        _expectedJson?.Dispose();
        Inputs?.Dispose();
        Expected?.Dispose();
    }

    /// <summary>A model folder may have a meta.json of its own; a case also has something expected.</summary>
    private static bool IsCase(string directory) =>
        File.Exists(Path.Combine(directory, "expected.safetensors")) || File.Exists(Path.Combine(directory, "expected.json"));

    private static double Number(JsonElement owner, string key) =>
        owner.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;

    private static JsonDocument ReadJson(string path)
    {
        try
        {
            return JsonDocument.Parse(PythonJson.ToJson(File.ReadAllBytes(path)));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot be read as JSON: {error.Message}", error);
        }
    }

    private SafetensorsFile? OpenTensors(string file) => HasFile(file) ? SafetensorsFile.Open(PathOf(file)) : null;
}
