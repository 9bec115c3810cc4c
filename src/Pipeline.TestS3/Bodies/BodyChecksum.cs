using System.Security.Cryptography;

namespace Pipeline.TestS3.Bodies;

/// <summary>A checksum that a client sends along, in a header or in the trailer: <c>x-amz-checksum-*</c> or <c>content-md5</c>.</summary>
internal sealed class BodyChecksum : IDisposable
{
    private readonly IncrementalHash? hash;
    private readonly Crc32? crc;
    private readonly string? expected;

    /// <param name="name">Header name, in lower case.</param>
    /// <param name="expected">Base64 of the checksum; null when it comes in the trailer.</param>
    public BodyChecksum(string name, string? expected)
    {
        (Name, this.expected) = (name, expected);
        (hash, crc) = name switch
        {
            "content-md5" => (IncrementalHash.CreateHash(HashAlgorithmName.MD5), (Crc32?)null),
            "x-amz-checksum-sha1" => (IncrementalHash.CreateHash(HashAlgorithmName.SHA1), null),
            "x-amz-checksum-sha256" => (IncrementalHash.CreateHash(HashAlgorithmName.SHA256), null),
            "x-amz-checksum-crc32" => (null, new Crc32()),
            _ => throw new S3Exception(501, "NotImplemented", $"the checksum '{name}' is not supported"),
        };
    }

    public string Name { get; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        hash?.AppendData(bytes);
        crc?.Append(bytes);
    }

    public void Check(IReadOnlyDictionary<string, string> trailer)
    {
        string? given = expected ?? trailer.GetValueOrDefault(Name);
        if (given != Convert.ToBase64String(hash?.GetCurrentHash() ?? crc!.Value()))
        {
            throw S3Exception.BadRequest("BadDigest", $"{Name} is '{given}', which is not that of the content that came");
        }
    }

    public void Dispose() => hash?.Dispose();
}
