using System.Buffers.Binary;
using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Prompting;

/// <summary>The emotion stimulus map M_E of a picture: where the edit may change it.</summary>
/// <param name="Map">Values in [0,1], 1 = may change; null where the editor has to find the region by cross-attention.</param>
/// <param name="Source">How it was made.</param>
/// <param name="Area">Share of the picture over 0.5; 1 where there is no map.</param>
/// <param name="Stimuli">One row a stimulus, in the order given.</param>
/// <param name="Notes">What was done beyond the rule: <c>lowAgreement</c>, <c>dilated</c>, <c>filled</c>, <c>notLocated</c>, <c>keptAway</c>, <c>keepContradicts</c>.</param>
public sealed record StimulusMap(MaskImage? Map, StimulusMapSource Source, double Area, IReadOnlyList<LocatedStimulus> Stimuli, IReadOnlyList<string> Notes)
{
    /// <summary>Side of the small map for the diffusion stage.</summary>
    public const int RawSide = 64;

    /// <summary>The map as little-endian half floats, 64 x 64, row by row: area averages, so any picture size and aspect gives the same layout.</summary>
    /// <exception cref="InvalidOperationException">There is no map.</exception>
    public byte[] ToRaw()
    {
        var small = (Map ?? throw new InvalidOperationException("there is no stimulus map to store")).AreaAverage(RawSide, RawSide);
        var bytes = new byte[RawSide * RawSide * 2];
        for (var i = 0; i < small.Values.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)Math.Clamp(small.Values[i], 0, 1));
        return bytes;
    }

    /// <summary>Reads <see cref="ToRaw"/>; values outside [0,1] and not-a-numbers, which no writer makes, are brought into the range.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public static MaskImage FromRaw(ReadOnlySpan<byte> raw)
    {
        if (raw.Length != RawSide * RawSide * 2)
            throw new ArgumentException($"a raw stimulus map has {RawSide * RawSide * 2} bytes, not {raw.Length}", nameof(raw));
        var map = new MaskImage(RawSide, RawSide);
        for (var i = 0; i < map.Values.Length; i++)
        {
            var value = (float)BinaryPrimitives.ReadHalfLittleEndian(raw[(2 * i)..]);
            map.Values[i] = float.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1);
        }
        return map;
    }
}
