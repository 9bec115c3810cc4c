using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// The tensors of a checkpoint, in one or several safetensors files, given out by name. Files stay mapped while a tensor over them lives; dispose
/// this object when the network is built.
/// </summary>
public sealed class CheckpointWeights : WeightSource, IDisposable
{
    private readonly IReadOnlyDictionary<string, SafetensorsFile> _tensors;
    private readonly IReadOnlyList<SafetensorsFile> _files;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly WeightAudit? _audit = WeightAudit.Current;

    internal CheckpointWeights(
        string location, IReadOnlyList<SafetensorsFile> files, IReadOnlyDictionary<string, SafetensorsFile> tensors, WeightOptions options)
    {
        Location = location;
        _files = files;
        _tensors = tensors;
        Device = options.Device ?? CPU;
        Dtype = options.Dtype ?? ScalarType.Float32;
        Trainable = options.Trainable;
        _audit?.Watch(this);
    }

    /// <summary>The folder or file, for messages.</summary>
    public string Location { get; }

    /// <inheritdoc />
    public override Device Device { get; }

    /// <inheritdoc />
    public override ScalarType Dtype { get; }

    /// <inheritdoc />
    public override bool Trainable { get; }

    /// <summary>All keys.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>The files behind the keys.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Keys that no network has taken so far, in order. Stray buffers of older checkpoints are normal here.</summary>
    public IReadOnlyList<string> NotTaken => [.. _tensors.Keys.Where(n => !_taken.Contains(n)).Order(StringComparer.Ordinal)];

    /// <summary>Opens one file.</summary>
    /// <exception cref="ModelFormatException">The file is missing or damaged.</exception>
    public static CheckpointWeights OpenFile(string path, WeightOptions? options = null)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        return new CheckpointWeights(path, [file], file.Names.ToDictionary(n => n, _ => file, StringComparer.Ordinal), options ?? new WeightOptions());
    }

    /// <summary>Type, shape and place of a key.</summary>
    /// <exception cref="ModelFormatException">No such key.</exception>
    public SafetensorInfo Info(string name) => FileOf(name).Info(name);

    /// <inheritdoc />
    public override bool Has(string name) => _tensors.ContainsKey(name);

    /// <inheritdoc />
    public override Tensor Take(string name, long[] shape, Init init)
    {
        if (_audit is not null)
        {
            SafetensorInfo? stored = Has(name) ? Info(name) : null;
            _taken.Add(name);
            return _audit.Take(name, shape, stored, stored is not null && Fits(stored.Shape, shape), Device, Dtype);
        }

        SafetensorsFile file = FileOf(name);
        SafetensorInfo info = file.Info(name);
        if (!Fits(info.Shape, shape))
        {
            throw new ModelFormatException($"{file.Path}: tensor {name} has shape {info.ShapeText}, config.json asks for [{string.Join(", ", shape)}]: "
                + "the configuration belongs to another checkpoint");
        }

        _taken.Add(name);
        Tensor tensor = file.ReadTensor(name, Device, Dtype);
        if (info.Shape.AsSpan().SequenceEqual(shape))
        {
            return tensor;
        }

        using (tensor)
        {
            return tensor.view(shape);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    /// <summary>A 1x1 convolution and a linear layer hold the same numbers, and converters store either form: sizes of 1 at the end do not count.</summary>
    private static bool Fits(long[] stored, long[] wanted) => stored.AsSpan().TrimEnd(1L).SequenceEqual(wanted.AsSpan().TrimEnd(1L));

    private SafetensorsFile FileOf(string name)
    {
        if (_tensors.TryGetValue(name, out SafetensorsFile? file))
        {
            return file;
        }

        string? similar = _tensors.Keys.FirstOrDefault(k => k.EndsWith("." + name, StringComparison.Ordinal) || name.EndsWith("." + k, StringComparison.Ordinal));
        string hint = similar is null ? "the checkpoint is incomplete or belongs to another network" : $"it has '{similar}' instead";
        throw new ModelFormatException($"{Location}: has no tensor '{name}' ({_tensors.Count} tensors; {hint})");
    }
}
