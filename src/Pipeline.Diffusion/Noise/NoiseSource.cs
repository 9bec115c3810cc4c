using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Noise;

/// <summary>
/// All randomness of an edit. What it draws depends on (seed, digest of the source picture, purpose) and on nothing else: not on job, worker, batch, order of
/// calls, device or time. A repeated delivery, another worker and another job therefore get the same noise, and their artefacts can be shared.
/// </summary>
/// <param name="Seed">The user's seed; variants of one edit differ by it.</param>
/// <param name="SourceDigest">Digest of the source picture as text (lower-case hexadecimal SHA-256 by convention); any text works, also the empty one.</param>
/// <remarks>Values are drawn for one image ([1, ...]) and stacked by the caller, so a batch of two is the two single draws.</remarks>
public sealed record NoiseSource(long Seed, string SourceDigest) : INoiseSource
{
    /// <summary>Standard normal values number <c>0..count-1</c> of the stream named <paramref name="purpose"/>; a shorter draw is a prefix of a longer one.</summary>
    public float[] Normal(string purpose, int count)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (ulong key, ulong high) = StreamOf(purpose);
        float[] values = new float[count];
        for (int i = 0; i < count; i += 2)
        {
            (uint x0, uint x1, uint x2, uint x3) = Philox4x32.Block(key, (ulong)(i / 2), high);
            values[i] = ToNormal(x0, x1);
            if (i + 1 < count)
            {
                values[i + 1] = ToNormal(x2, x3);
            }
        }

        return values;
    }

    /// <summary>The values of <see cref="Normal"/> as a tensor in row-major order. Owned by the caller.</summary>
    public Tensor NormalTensor(string purpose, long[] shape, Device? device = null)
    {
        long count = 1;
        foreach (long size in shape)
        {
            count = checked(count * size);
        }

        using Tensor host = tensor(Normal(purpose, checked((int)count)), shape);
        return host.to(device ?? CPU);
    }

    // The fields are length-prefixed, so ("1", "2x") and ("12", "x") cannot meet in one stream.
    private (ulong Key, ulong High) StreamOf(string purpose)
    {
        string text = $"moodpipe.noise.v1\n{Seed}\n{SourceDigest.Length}:{SourceDigest}\n{purpose.Length}:{purpose}";
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return (System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(hash), System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(8)));
    }

    // 53 random bits, centred in their cell: never 0, never 1, symmetric about one half.
    private static float ToNormal(uint low, uint high)
    {
        ulong word = ((ulong)high << 32) | low;
        double probability = ((word >> 11) + 0.5) * (1.0 / (1UL << 53));
        return (float)NormalQuantile.Of(Math.Min(probability, 1 - 1.0 / (1UL << 53)));
    }
}
