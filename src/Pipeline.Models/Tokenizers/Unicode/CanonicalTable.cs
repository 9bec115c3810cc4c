using System.Buffers.Binary;

namespace Pipeline.Models.Tokenizers.Unicode;

/// <summary>Canonical combining classes, decompositions and compositions of Unicode 14.0, without Hangul.</summary>
internal sealed class CanonicalTable
{
    /// <summary>Combining class of the characters whose class is not 0.</summary>
    public Dictionary<int, byte> Classes { get; } = [];

    /// <summary>One step of canonical decomposition; the second part is 0 when there is only one.</summary>
    public Dictionary<int, (int First, int Second)> Decompositions { get; } = [];

    /// <summary>Primary composites by their two parts.</summary>
    public Dictionary<(int First, int Second), int> Compositions { get; } = [];

    /// <summary>Reads the table from the assembly; canonical.py describes its layout.</summary>
    public static CanonicalTable Load()
    {
        using Stream stream = typeof(CanonicalTable).Assembly.GetManifestResourceStream("canonical.bin")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        CanonicalTable table = new();
        int classes = Number(0), decompositions = Number(1);
        for (int i = 0; i < classes; i++)
        {
            int entry = Number(2 + i);
            table.Classes.Add(entry & 0xFFFFFF, (byte)(entry >>> 24));
        }

        for (int i = 0; i < decompositions; i++)
        {
            int at = 2 + classes + (3 * i);
            int point = Number(at) & int.MaxValue;
            (int First, int Second) parts = (Number(at + 1), Number(at + 2));
            table.Decompositions.Add(point, parts);
            bool excluded = Number(at) < 0;
            if (!excluded && parts.Second != 0)
            {
                table.Compositions.Add(parts, point);
            }
        }

        return table;

        int Number(int index) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * index));
    }
}
