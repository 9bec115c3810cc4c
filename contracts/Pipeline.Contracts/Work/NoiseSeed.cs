using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Contracts.Artefacts;

namespace Pipeline.Contracts.Work;

/// <summary>
/// Seeds of noise. They depend on the requested seed, the source picture and the purpose only, never on job, worker, batch or time, so that a repeated or
/// redistributed computation is byte-identical and results can be shared between jobs.
/// </summary>
public static class NoiseSeed
{
    /// <summary>
    /// Seed for a generator: the first eight bytes (little endian) of SHA-256 over the text
    /// <c>moodpipe-noise-1\n{seed}\n{sourceSha256}\n{purpose}</c>, without the top bit.
    /// </summary>
    /// <param name="seed">Seed of the request.</param>
    /// <param name="sourceSha256">Digest of the source picture's file, 64 lower-case hexadecimal digits.</param>
    /// <param name="purpose">What the noise is for, for example <c>edit.initial</c>. Different purposes have independent noise.</param>
    /// <returns>A number in [0, 2^63).</returns>
    public static long Derive(long seed, string sourceSha256, string purpose)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        string text = $"moodpipe-noise-1\n{seed}\n{Sha256Digest.Require(sourceSha256, "source digest")}\n{purpose}";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return (long)(BinaryPrimitives.ReadUInt64LittleEndian(hash) & long.MaxValue);
    }
}
