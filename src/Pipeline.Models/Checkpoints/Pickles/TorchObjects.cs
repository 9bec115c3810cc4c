namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>The few names and calls of a pickle that a table of tensors needs. Whatever is not here is refused.</summary>
/// <param name="refuse">Makes the error for what is refused.</param>
internal sealed class TorchObjects(Func<string, ModelFormatException> refuse)
{
    /// <summary>The name itself when it is one that a checkpoint needs.</summary>
    public PickleGlobal Known(PickleGlobal global) => global switch
    {
        ("collections", "OrderedDict") or ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_parameter") or ("torch", "Size")
            or ("torch.nn.parameter", "Parameter") => global,
        ("torch", _) when TypeOf(global) is not null => global,
        _ => throw refuse($"the name {global}, which is no part of a table of tensors"),
    };

    /// <summary>The result of a call of a known name.</summary>
    public object? Reduce(PickleGlobal global, object?[] arguments) => (global, arguments) switch
    {
        (("collections", "OrderedDict"), []) => new Dictionary<string, object?>(StringComparer.Ordinal),
        (("collections", "OrderedDict"), [List<object?> pairs]) => ToDictionary(pairs),
        (("torch", "Size"), [object?[] sizes]) => sizes,
        (("torch._utils", "_rebuild_parameter") or ("torch.nn.parameter", "Parameter"), [PickledTensor tensor, ..]) => tensor,
        (("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2"), [PickledStorage storage, long offset, object?[] shape, object?[] strides, ..]) =>
            Tensor(storage, offset, Numbers(shape), Numbers(strides)),
        _ => throw refuse($"a call of {global} with other arguments than torch gives it"),
    };

    /// <summary>The storage that a persistent id stands for: ("storage", type, key, location, count), before torch 1.6 with a view of another storage behind, which is not supported.</summary>
    public PickledStorage Storage(object?[] id)
    {
        if (id is not ["storage", PickleGlobal kind, string key, string, long count, ..] || TypeOf(kind) is not { } type || count < 0
            || id is [_, _, _, _, _, not null, ..] || key.Length is 0 or > 64 || !key.All(char.IsAsciiLetterOrDigit))
        {
            throw refuse("a reference to something that is no storage");
        }

        return new PickledStorage(type, key, count);
    }

    /// <summary>A view must lie in its storage and may not name more elements than the storage has.</summary>
    private PickledTensor Tensor(PickledStorage storage, long offset, long[] shape, long[] strides)
    {
        if (shape.Length != strides.Length || shape.Length > SafetensorsHeader.MaximumRank || offset < 0 || shape.Any(s => s < 0) || strides.Any(s => s < 0))
        {
            throw refuse("a tensor of impossible shape");
        }

        Int128 count = 1, last = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            count = Int128.Min(count * shape[i], long.MaxValue);
            last += (Int128)(shape[i] - 1) * strides[i];
        }

        return count == 0 || (last < storage.Count && count <= storage.Count)
            ? new PickledTensor(storage, offset, shape, strides)
            : throw refuse("a tensor that reaches beyond its storage");
    }

    private long[] Numbers(object?[] tuple) => [.. tuple.Select(n => n is long number ? number : throw refuse("a size that is no whole number"))];

    private Dictionary<string, object?> ToDictionary(List<object?> pairs)
    {
        Dictionary<string, object?> dictionary = new(StringComparer.Ordinal);
        foreach (object? pair in pairs)
        {
            (string key, object? value) = pair switch
            {
                object?[] and [string name, var item] => (name, item),
                List<object?> and [string name, var item] => (name, item),
                _ => throw refuse("an entry that is no pair of name and value"),
            };
            dictionary[key] = value;
        }

        return dictionary;
    }

    private static SafetensorType? TypeOf(PickleGlobal global) => global switch
    {
        ("torch", "FloatStorage") => SafetensorType.F32,
        ("torch", "HalfStorage") => SafetensorType.F16,
        ("torch", "BFloat16Storage") => SafetensorType.BF16,
        ("torch", "DoubleStorage") => SafetensorType.F64,
        ("torch", "LongStorage") => SafetensorType.I64,
        ("torch", "IntStorage") => SafetensorType.I32,
        ("torch", "ShortStorage") => SafetensorType.I16,
        ("torch", "CharStorage") => SafetensorType.I8,
        ("torch", "ByteStorage") => SafetensorType.U8,
        ("torch", "BoolStorage") => SafetensorType.Bool,
        _ => null,
    };
}
