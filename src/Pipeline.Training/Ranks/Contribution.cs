using System.Runtime.InteropServices;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Ranks;

/// <summary>What one part of a batch adds to a step. Sums are taken from the first part to the last, so they have the same bits wherever the parts were computed.</summary>
internal sealed class Contribution
{
    private const long MostValues = 500_000_000;

    /// <summary>Empty contribution of given lengths.</summary>
    public Contribution(int terms, int parameters, long values)
    {
        if (values > MostValues)
        {
            throw new TrainingException($"{values} weights are more than the {MostValues} that processes exchange: train fewer of them, or in one process");
        }

        (Terms, Present, Gradients) = (new double[terms], new byte[parameters], new float[values]);
    }

    /// <summary>Whether an early end is asked for.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Loss terms, each with the part's share of the batch.</summary>
    public double[] Terms { get; }

    /// <summary>1 for parameters that have a gradient.</summary>
    public byte[] Present { get; }

    /// <summary>Gradients of all parameters, one after the other; 0 where there is none.</summary>
    public float[] Gradients { get; }

    private int Bytes => 1 + (Terms.Length * sizeof(double)) + Present.Length + (Gradients.Length * sizeof(float));

    /// <summary>Adds the next part.</summary>
    public void Add(Contribution next)
    {
        IsStopping |= next.IsStopping;
        for (int i = 0; i < Terms.Length; i++)
        {
            Terms[i] += next.Terms[i];
        }

        for (int i = 0; i < Present.Length; i++)
        {
            Present[i] |= next.Present[i];
        }

        for (int i = 0; i < Gradients.Length; i++)
        {
            Gradients[i] += next.Gradients[i];
        }
    }

    /// <summary>Sends it: its length in bytes, then values in the machine's order (little-endian on all that this runs on).</summary>
    public void Write(Stream stream)
    {
        stream.Write(BitConverter.GetBytes(Bytes));
        stream.WriteByte(IsStopping ? (byte)1 : (byte)0);
        stream.Write(MemoryMarshal.AsBytes<double>(Terms));
        stream.Write(Present);
        stream.Write(MemoryMarshal.AsBytes<float>(Gradients));
        stream.Flush();
    }

    /// <summary>Receives one of the same lengths.</summary>
    /// <exception cref="InvalidDataException">It has other lengths.</exception>
    public void Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[sizeof(int) + 1];
        stream.ReadExactly(head[..sizeof(int)]);
        int length = BitConverter.ToInt32(head);
        if (length != Bytes)
        {
            throw new InvalidDataException($"a contribution of {length} bytes in place of {Bytes}");
        }

        stream.ReadExactly(head[sizeof(int)..]);
        IsStopping = head[sizeof(int)] != 0;
        stream.ReadExactly(MemoryMarshal.AsBytes(Terms.AsSpan()));
        stream.ReadExactly(Present);
        stream.ReadExactly(MemoryMarshal.AsBytes(Gradients.AsSpan()));
    }
}
