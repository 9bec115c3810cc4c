using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>A file of torch.save, in its zip form or the older one of consecutive pickles: tensors by name, read one at a time.</summary>
internal abstract class TorchFile : IDisposable
{
    private const int MaximumNesting = 8;

    /// <summary>All tensors by name; nested tables are joined with dots, and a table called <c>state_dict</c> stands for the whole.</summary>
    public abstract IReadOnlyDictionary<string, PickledTensor> Tensors { get; }

    /// <summary>Opens a file and reads its names and shapes.</summary>
    /// <exception cref="ModelFormatException">Not such a file, damaged, or holds more than tensors.</exception>
    public static TorchFile Open(string path)
    {
        try
        {
            return LegacyTorchFile.IsOne(path) ? LegacyTorchFile.OpenLegacy(path) : TorchArchive.OpenZip(path);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot be read as a file of torch.save: {error.Message}", error);
        }
    }

    /// <summary>Reads one tensor, contiguous, on the CPU; the caller owns it.</summary>
    /// <exception cref="ModelFormatException">Its storage is missing or damaged.</exception>
    public Tensor Read(PickledTensor tensor)
    {
        byte[] bytes = Bytes(tensor.Storage);
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = empty([tensor.Storage.Count], TensorReader.ScalarTypeOf(tensor.Storage.Type));
        bytes.CopyTo(flat.bytes);
        return flat.as_strided(tensor.Shape, tensor.Strides, tensor.Offset).clone().contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public abstract void Dispose();

    /// <summary>All bytes of a storage.</summary>
    protected abstract byte[] Bytes(PickledStorage storage);

    /// <summary>The tensors in what a pickle holds.</summary>
    protected static IReadOnlyDictionary<string, PickledTensor> Table(object? root, string path)
    {
        Dictionary<string, PickledTensor> tensors = new(StringComparer.Ordinal);
        Collect(root is Dictionary<string, object?> table && table.TryGetValue("state_dict", out object? inner) ? inner : root, "", tensors, 0);
        return tensors.Count > 0 ? tensors : throw new ModelFormatException($"{path}: holds no tensors");
    }

    private static void Collect(object? value, string name, Dictionary<string, PickledTensor> into, int depth)
    {
        if (value is PickledTensor tensor && name.Length > 0)
        {
            into[name] = tensor;
        }
        else if (value is Dictionary<string, object?> table && depth < MaximumNesting)
        {
            foreach ((string key, object? inner) in table)
            {
                Collect(inner, name.Length == 0 ? key : $"{name}.{key}", into, depth + 1);
            }
        }
    }
}
