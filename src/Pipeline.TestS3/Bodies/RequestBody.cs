using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Pipeline.TestS3.Signing;

namespace Pipeline.TestS3.Bodies;

/// <summary>The content of a request, without framing and checked against everything that the client said about it.</summary>
internal static class RequestBody
{
    private const int MaxDocument = 4 << 20;

    /// <summary>Hands the content to the sink; throws when it is not what was signed or summed, and then nothing of it may be kept.</summary>
    public static async Task CopyAsync(HttpContext context, VerifiedSignature signature, Action<ReadOnlySpan<byte>> sink)
    {
        HttpRequest request = context.Request;
        BodyChecksum[] checksums = [.. Checksums(request)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0;
        void Take(ReadOnlySpan<byte> piece)
        {
            length += piece.Length;
            hash.AppendData(piece);
            foreach (BodyChecksum checksum in checksums)
            {
                checksum.Append(piece);
            }

            sink(piece);
        }

        IReadOnlyDictionary<string, string> trailer = new Dictionary<string, string>();
        if (signature.PayloadDigest.StartsWith("STREAMING-", StringComparison.Ordinal))
        {
            using ChunkSignatures? chain = signature.PayloadDigest.Contains("UNSIGNED", StringComparison.Ordinal) ? null : new ChunkSignatures(signature);
            var body = new ChunkedBody(request.Body, chain);
            await body.CopyAsync(Take, context.RequestAborted).ConfigureAwait(false);
            trailer = body.Trailer;
            CheckLength(request, length);
        }
        else
        {
            await PlainAsync(request.Body, Take, context.RequestAborted).ConfigureAwait(false);
            CheckDigest(signature.PayloadDigest, hash);
        }

        foreach (BodyChecksum checksum in checksums)
        {
            checksum.Check(trailer);
            checksum.Dispose();
        }
    }

    /// <summary>A small document, such as the list of keys to delete.</summary>
    public static async Task<byte[]> ReadAsync(HttpContext context, VerifiedSignature signature)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await CopyAsync(context, signature, piece =>
        {
            if (buffer.WrittenCount + piece.Length > MaxDocument)
            {
                throw S3Exception.BadRequest("MalformedXML", "the document is too large");
            }

            buffer.Write(piece);
        }).ConfigureAwait(false);
        return buffer.WrittenSpan.ToArray();
    }

    private static async Task PlainAsync(Stream body, Action<ReadOnlySpan<byte>> take, CancellationToken cancellation)
    {
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            take(buffer.AsSpan(0, read));
        }
    }

    private static IEnumerable<BodyChecksum> Checksums(HttpRequest request)
    {
        foreach (var header in request.Headers)
        {
            string name = header.Key.ToLowerInvariant();
            if (name == "content-md5" || (name.StartsWith("x-amz-checksum-", StringComparison.Ordinal) && name is not ("x-amz-checksum-mode" or "x-amz-checksum-type" or "x-amz-checksum-algorithm")))
            {
                yield return new BodyChecksum(name, header.Value.ToString());
            }
        }

        foreach (string name in request.Headers["x-amz-trailer"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            yield return new BodyChecksum(name.ToLowerInvariant(), null);
        }
    }

    private static void CheckLength(HttpRequest request, long length)
    {
        string declared = request.Headers["x-amz-decoded-content-length"].ToString();
        if (declared != $"{length}")
        {
            throw S3Exception.BadRequest("IncompleteBody", $"{length} bytes came, '{declared}' were announced");
        }
    }

    private static void CheckDigest(string declared, IncrementalHash hash)
    {
        if (declared is not ("UNSIGNED-PAYLOAD" or "") && declared != Convert.ToHexStringLower(hash.GetCurrentHash()))
        {
            throw S3Exception.BadRequest("XAmzContentSHA256Mismatch", "x-amz-content-sha256 is not the digest of the content that came");
        }
    }
}
