using Microsoft.AspNetCore.Http;
using System.Xml.Linq;
using Pipeline.TestS3.Bodies;
using Pipeline.TestS3.Objects;
using static Pipeline.TestS3.Operations.XmlAnswer;

namespace Pipeline.TestS3.Operations;

/// <summary>Uploads in parts.</summary>
internal sealed class MultipartOperations(ObjectStorage storage)
{
    public Task BeginAsync(S3Request request)
    {
        _ = storage.Get(request.Target.Bucket);
        Upload upload = storage.Uploads.Begin(request.Target.Bucket, request.Target.Key, request.ContentType, request.Metadata);
        return WriteAsync(request.Context, 200, Element(
            "InitiateMultipartUploadResult", Text("Bucket", upload.Bucket), Text("Key", upload.Key), Text("UploadId", upload.Id)));
    }

    public async Task PutPartAsync(S3Request request)
    {
        Upload upload = Find(request);
        using StoredFile file = storage.Create();
        await RequestBody.CopyAsync(request.Context, request.Signature, file.Write).ConfigureAwait(false);
        string etag = storage.Uploads.AddPart(upload, request.Number("partNumber", 0, int.MaxValue), file);
        request.Context.Response.Headers.ETag = $"\"{etag}\"";
    }

    public async Task CompleteAsync(S3Request request)
    {
        Upload upload = Find(request);
        XElement document = Parse(await RequestBody.ReadAsync(request.Context, request.Signature).ConfigureAwait(false));
        List<(int, string)> parts = [.. document.Children("Part").Select(p => (int.TryParse(p.Child("PartNumber"), out int n) ? n : 0, (p.Child("ETag") ?? "").Trim('"')))];
        if (parts.Count == 0)
        {
            throw S3Exception.BadRequest("MalformedXML", "no parts are named");
        }

        (StoredFile file, ObjectInfo info) = storage.Uploads.Join(upload, parts);
        using (file)
        {
            info = storage.Get(upload.Bucket).Publish(file, info, request.Condition);
        }

        storage.Uploads.Remove(upload);
        await WriteAsync(request.Context, 200, Element(
            "CompleteMultipartUploadResult", Text("Bucket", upload.Bucket), Text("Key", upload.Key), Text("ETag", $"\"{info.ETag}\""))).ConfigureAwait(false);
    }

    public Task AbortAsync(S3Request request)
    {
        storage.Uploads.Remove(Find(request));
        request.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public Task ListPartsAsync(S3Request request)
    {
        Upload upload = Find(request);
        return WriteAsync(request.Context, 200, Element(
            "ListPartsResult", Text("Bucket", upload.Bucket), Text("Key", upload.Key), Text("UploadId", upload.Id), Text("IsTruncated", false),
            storage.Uploads.Parts(upload).Select(p => Element(
                "Part", Text("PartNumber", p.Key), Text("LastModified", Time(p.Modified)), Text("ETag", $"\"{p.ETag}\""), Text("Size", p.Size)))));
    }

    public Task ListUploadsAsync(S3Request request)
    {
        _ = storage.Get(request.Target.Bucket);
        return WriteAsync(request.Context, 200, Element(
            "ListMultipartUploadsResult", Text("Bucket", request.Target.Bucket), Text("IsTruncated", false),
            storage.Uploads.InBucket(request.Target.Bucket).Select(u => Element(
                "Upload", Text("Key", Key(request, u.Key)), Text("UploadId", u.Id), Text("Initiated", Time(u.Started))))));
    }

    private Upload Find(S3Request request) => storage.Uploads.Find(request.Target.Get("uploadId") ?? "", request.Target.Bucket, request.Target.Key);
}
