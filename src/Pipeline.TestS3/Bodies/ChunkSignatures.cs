using System.Security.Cryptography;
using Pipeline.TestS3.Signing;

namespace Pipeline.TestS3.Bodies;

/// <summary>The chain of chunk signatures of a streamed body: each signs its content and the signature before it.</summary>
internal sealed class ChunkSignatures(VerifiedSignature seed) : IDisposable
{
    private static readonly string Nothing = SigningKey.Digest([]);
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string previous = seed.Signature;

    public void Append(ReadOnlySpan<byte> content) => hash.AppendData(content);

    public void EndChunk(string given) =>
        Require(seed.Key.Sign("AWS4-HMAC-SHA256-PAYLOAD", previous, Nothing, Convert.ToHexStringLower(hash.GetHashAndReset())), given);

    public void EndTrailer(ReadOnlySpan<byte> lines, string given) => Require(seed.Key.Sign("AWS4-HMAC-SHA256-TRAILER", previous, SigningKey.Digest(lines)), given);

    public void Dispose() => hash.Dispose();

    private void Require(string expected, string given) =>
        previous = SigningKey.Same(expected, given) ? given : throw S3Exception.Denied("SignatureDoesNotMatch", "the signature of a chunk does not hold");
}
