using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Pictures;

/// <summary>Arrays of floats as NumPy's <c>.npy</c> files, version 1.0, little endian, C order: how tensors travel between stages. Values are 32-bit; where all of them are half-precision numbers a file may hold those, without loss.</summary>
public static partial class Npy
{
    /// <summary>Media type of these files.</summary>
    public const string MediaType = "application/x-npy";

    private const int Alignment = 64;
    private const string HalfType = "<f2";
    private const string SingleType = "<f4";
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    /// <summary>The file of an array.</summary>
    /// <param name="values">Row-major values.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="compact">Whether to write 16-bit floats where that loses nothing.</param>
    public static byte[] Write(ReadOnlySpan<float> values, ReadOnlySpan<long> shape, bool compact = false)
    {
        bool half = compact && AreHalf(values);
        string sizes = shape.Length == 1 ? $"{shape[0]}," : string.Join(", ", shape.ToArray());
        string header = $"{{'descr': '{(half ? HalfType : SingleType)}', 'fortran_order': False, 'shape': ({sizes}), }}";
        int total = (Magic.Length + 2 + header.Length + 1 + Alignment - 1) / Alignment * Alignment;
        byte[] file = new byte[total + (values.Length * (half ? 2 : sizeof(float)))];
        Magic.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(Magic.Length), (ushort)(total - Magic.Length - 2));
        Encoding.ASCII.GetBytes(header.PadRight(total - Magic.Length - 3) + "\n").CopyTo(file, Magic.Length + 2);
        if (half)
        {
            Span<Half> target = MemoryMarshal.Cast<byte, Half>(file.AsSpan(total));
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = (Half)values[i];
            }
        }
        else
        {
            MemoryMarshal.AsBytes(values).CopyTo(file.AsSpan(total));
        }

        return file;
    }

    /// <summary>The array of a file.</summary>
    /// <exception cref="PipelineException">The bytes are not such a file.</exception>
    public static (float[] Values, long[] Shape) Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < Magic.Length + 2 || !file.StartsWith(Magic))
        {
            throw Wrong("it does not start as one");
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(file[Magic.Length..]);
        int start = Magic.Length + 2 + length;
        if (start > file.Length)
        {
            throw Wrong("its header is cut off");
        }

        Match header = Header().Match(Encoding.ASCII.GetString(file.Slice(Magic.Length + 2, length)));
        if (!header.Success)
        {
            throw Wrong("it does not hold 16- or 32-bit floats in C order");
        }

        int size = header.Groups[1].Value == HalfType ? 2 : sizeof(float);
        long[] shape = [.. header.Groups[2].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(s => long.Parse(s, CultureInfo.InvariantCulture))];
        long count = shape.Aggregate(1L, (product, size) => size is >= 0 and <= int.MaxValue && product <= int.MaxValue ? product * size : throw Wrong("its shape is too large"));
        return count * size == file.Length - start
            ? (Values(file[start..], size), shape)
            : throw Wrong($"its shape needs {count} values, {(file.Length - start) / size} are there");
    }

    // NaN is written in full: its bits may say more.
    private static bool AreHalf(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (BitConverter.SingleToInt32Bits((float)(Half)value) != BitConverter.SingleToInt32Bits(value) || float.IsNaN(value))
            {
                return false;
            }
        }

        return true;
    }

    private static float[] Values(ReadOnlySpan<byte> bytes, int size) => size == sizeof(float)
        ? MemoryMarshal.Cast<byte, float>(bytes).ToArray()
        : Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), h => (float)h);

    private static PipelineException Wrong(string why) => new(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"a stored array is not an npy file of this program: {why}");

    [GeneratedRegex(@"^\{'descr': '(<f[24])', 'fortran_order': False, 'shape': \(([0-9, ]*)\), \}\s*$")]
    private static partial Regex Header();
}
