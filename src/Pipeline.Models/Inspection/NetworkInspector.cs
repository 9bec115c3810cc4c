using System.Runtime.InteropServices;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Inspection;

/// <summary>Compares weight files with networks, and looks for numbers that no training leaves behind.</summary>
public static class NetworkInspector
{
    private const int BlockBytes = 8 << 20;

    /// <summary>Reads the headers of a network's files and lets the network say what it takes; no weight is read.</summary>
    /// <exception cref="ModelFormatException">A file or the configuration is malformed.</exception>
    public static NetworkReport Inspect(ModelPart network)
    {
        using CheckpointWeights weights = CheckpointDirectory.Open(network.Folder, ModelNetworks.BaseName(network.Architecture));
        SafetensorInfo[] tensors = [.. weights.Names.Select(weights.Info)];
        using WeightAudit audit = WeightAudit.Begin();
        ModelNetworks.Load(network.Architecture, network.Folder).Dispose();
        ILookup<bool, string> leftOver = audit.Unexpected.ToLookup(IsBuffer);
        return new NetworkReport(
            [.. weights.Files.Select(f => Path.GetFileName(f.Path))],
            weights.Files.Sum(f => f.Length),
            tensors.Where(t => t.Type.IsFloating()).Sum(t => t.Count),
            tensors.GroupBy(t => t.Type.FormatName()).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(t => t.Count)),
            [.. audit.Missing], [.. audit.Mismatched], [.. leftOver[false]], leftOver[true].Count());
    }

    /// <summary>Reads every weight of a folder's files and returns the keys that hold a NaN or an infinity.</summary>
    /// <exception cref="ModelFormatException">A file is malformed.</exception>
    public static IReadOnlyList<string> FindNonFinite(ModelPart network, CancellationToken cancellation = default)
    {
        using CheckpointWeights weights = CheckpointDirectory.Open(network.Folder, ModelNetworks.BaseName(network.Architecture));
        List<string> found = [];
        foreach (SafetensorsFile file in weights.Files)
        {
            foreach (SafetensorInfo tensor in file.Names.Select(file.Info).Where(t => t.Type.IsFloating()))
            {
                cancellation.ThrowIfCancellationRequested();
                if (HasNonFinite(file, tensor))
                {
                    found.Add(tensor.Name);
                }
            }
        }

        return found;
    }

    /// <summary>Buffers that older library versions stored beside the weights.</summary>
    private static bool IsBuffer(string key) =>
        key.EndsWith("position_ids", StringComparison.Ordinal) || key.EndsWith("inv_freq", StringComparison.Ordinal);

    private static bool HasNonFinite(SafetensorsFile file, SafetensorInfo tensor)
    {
        bool found = false;
        for (long start = 0; start < tensor.ByteLength && !found; start += BlockBytes)
        {
            int count = (int)Math.Min(BlockBytes, tensor.ByteLength - start);
            ReadOnlySpan<byte> block = file.File.Span(tensor.Offset + start, count);
            // An exponent of all ones is an infinity or a NaN.
            found = tensor.Type switch
            {
                SafetensorType.F16 => AnyExponent(MemoryMarshal.Cast<byte, ushort>(block), (ushort)0x7C00),
                SafetensorType.BF16 => AnyExponent(MemoryMarshal.Cast<byte, ushort>(block), (ushort)0x7F80),
                SafetensorType.F32 => AnyExponent(MemoryMarshal.Cast<byte, uint>(block), 0x7F800000u),
                _ => AnyExponent(MemoryMarshal.Cast<byte, ulong>(block), 0x7FF0000000000000ul),
            };
            file.File.Forget(tensor.Offset + start, count);
        }

        return found;
    }

    private static bool AnyExponent<T>(ReadOnlySpan<T> values, T mask)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        foreach (T value in values)
        {
            if ((value & mask) == mask)
            {
                return true;
            }
        }

        return false;
    }
}
