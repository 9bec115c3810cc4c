using Microsoft.AspNetCore.Http;
using Pipeline.TestS3.Bodies;
using Pipeline.TestS3.Objects;
using Pipeline.TestS3.Signing;
using static Pipeline.TestS3.Operations.XmlAnswer;

namespace Pipeline.TestS3.Operations;

/// <summary>What is done to one object.</summary>
internal sealed class ObjectOperations(S3ServerOptions options, ObjectStorage storage)
{
    public async Task PutAsync(S3Request request)
    {
        Bucket bucket = storage.Get(request.Target.Bucket);
        using StoredFile file = storage.Create();
        await RequestBody.CopyAsync(request.Context, request.Signature, file.Write).ConfigureAwait(false);
        ObjectInfo info = bucket.Publish(
            file, new ObjectInfo(request.Target.Key, file.Size, file.Md5, options.Time.GetUtcNow(), request.ContentType, request.Metadata), request.Condition);
        request.Context.Response.Headers.ETag = $"\"{info.ETag}\"";
    }

    public async Task CopyAsync(S3Request request)
    {
        string source = PercentEncoding.Decode(request.Header("x-amz-copy-source")).TrimStart('/');
        int slash = source.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            throw S3Exception.BadRequest("InvalidArgument", "x-amz-copy-source must be bucket/key");
        }

        (ObjectInfo original, FileStream content) = storage.Get(source[..slash]).Open(source[(slash + 1)..]);
        using FileStream closing = content;
        if (request.Header("x-amz-copy-source-if-match") is { Length: > 0 } expected && expected.Trim('"') != original.ETag)
        {
            throw S3Exception.PreconditionFailed("x-amz-copy-source-if-match");
        }

        using StoredFile file = storage.Create();
        await PiecesAsync(content, original.Size, piece =>
        {
            file.Write(piece.Span);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        bool replace = request.Header("x-amz-metadata-directive") == "REPLACE";
        ObjectInfo info = storage.Get(request.Target.Bucket).Publish(file, original with
        {
            Key = request.Target.Key,
            ETag = file.Md5,
            Modified = options.Time.GetUtcNow(),
            Metadata = replace ? request.Metadata : original.Metadata,
            ContentType = replace ? request.ContentType : original.ContentType,
        }, request.Condition);
        await WriteAsync(request.Context, 200, Element("CopyObjectResult", Text("LastModified", Time(info.Modified)), Text("ETag", $"\"{info.ETag}\""))).ConfigureAwait(false);
    }

    public async Task GetAsync(S3Request request, bool headOnly)
    {
        (ObjectInfo info, FileStream content) = storage.Get(request.Target.Bucket).Open(request.Target.Key);
        await using (content.ConfigureAwait(false))
        {
            HttpResponse response = request.Context.Response;
            Describe(response, info);
            if (request.Header("If-Match") is { Length: > 0 } expected && expected.Trim('"') != info.ETag)
            {
                throw S3Exception.PreconditionFailed("If-Match");
            }

            if (request.Header("If-None-Match") is { Length: > 0 } known && known.Trim('"') == info.ETag)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }

            ByteRange? range = ByteRange.Parse(request.Header("Range"), info.Size);
            (long start, long length) = range is { } r ? (r.Start, r.Length) : (0, info.Size);
            response.StatusCode = range is null ? 200 : 206;
            response.ContentLength = length;
            if (range is not null)
            {
                response.Headers.ContentRange = $"bytes {start}-{start + length - 1}/{info.Size}";
            }

            if (!headOnly)
            {
                content.Position = start;
                await PiecesAsync(content, length, piece => response.Body.WriteAsync(piece, request.Context.RequestAborted)).ConfigureAwait(false);
            }
        }
    }

    public Task DeleteAsync(S3Request request)
    {
        storage.Get(request.Target.Bucket).Delete(request.Target.Key);
        request.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static void Describe(HttpResponse response, ObjectInfo info)
    {
        response.Headers.ETag = $"\"{info.ETag}\"";
        response.Headers.LastModified = info.Modified.UtcDateTime.ToString("R");
        response.Headers.AcceptRanges = "bytes";
        response.ContentType = info.ContentType;
        foreach ((string name, string value) in info.Metadata)
        {
            response.Headers["x-amz-meta-" + name] = value;
        }
    }

    private static async Task PiecesAsync(FileStream content, long length, Func<ReadOnlyMemory<byte>, ValueTask> take)
    {
        byte[] buffer = new byte[64 * 1024];
        while (length > 0)
        {
            int read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length))).ConfigureAwait(false);
            if (read == 0)
            {
                throw new InvalidDataException("the file of an object is shorter than its description says");
            }

            await take(buffer.AsMemory(0, read)).ConfigureAwait(false);
            length -= read;
        }
    }
}
