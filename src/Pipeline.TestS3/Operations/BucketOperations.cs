using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Pipeline.TestS3.Bodies;
using Pipeline.TestS3.Faults;
using Pipeline.TestS3.Objects;
using static Pipeline.TestS3.Operations.XmlAnswer;

namespace Pipeline.TestS3.Operations;

/// <summary>What is done to buckets, and to many objects at once.</summary>
internal sealed class BucketOperations(ObjectStorage storage)
{
    private const int MaxKeys = 1000;

    public Task ListBucketsAsync(S3Request request) => WriteAsync(request.Context, 200, Element(
        "ListAllMyBucketsResult", Element("Buckets", storage.Names.Select(n => Element("Bucket", Text("Name", n))))));

    public Task CreateAsync(S3Request request)
    {
        storage.CreateBucket(request.Target.Bucket);
        return Task.CompletedTask;
    }

    public Task HeadAsync(S3Request request)
    {
        _ = storage.Get(request.Target.Bucket);
        return Task.CompletedTask;
    }

    public Task DeleteAsync(S3Request request)
    {
        storage.DeleteBucket(request.Target.Bucket);
        request.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>ListObjectsV2. Keys under a common prefix count as one entry; the token is the last entry of the page.</summary>
    public Task ListAsync(S3Request request)
    {
        string prefix = request.Target.Get("prefix") ?? "";
        string delimiter = request.Target.Get("delimiter") ?? "";
        string after = request.Target.Get("continuation-token") is { } token ? Decode(token) : request.Target.Get("start-after") ?? "";
        int limit = request.Number("max-keys", MaxKeys, MaxKeys);
        var objects = new List<ObjectInfo>();
        var common = new List<string>();
        string last = after;
        bool truncated = false;
        foreach (ObjectInfo item in Visible(request, prefix, after))
        {
            string? group = GroupOf(item.Key, prefix, delimiter);
            if (group is not null && string.CompareOrdinal(group, last) <= 0)
            {
                continue; // its group was listed, on this page or before
            }

            if (objects.Count + common.Count == limit)
            {
                truncated = true;
                break;
            }

            if (group is null)
            {
                objects.Add(item);
            }
            else
            {
                common.Add(group);
            }

            last = group ?? item.Key;
        }

        return WriteAsync(request.Context, 200, Element(
            "ListBucketResult", Text("Name", request.Target.Bucket), Text("Prefix", Key(request, prefix)), Text("KeyCount", objects.Count + common.Count),
            Text("MaxKeys", limit), Text("IsTruncated", truncated), request.Target.Get("encoding-type") is { } encoding ? Text("EncodingType", encoding) : null,
            truncated ? Text("NextContinuationToken", Convert.ToBase64String(Encoding.UTF8.GetBytes(last))) : null,
            objects.Select(o => Element(
                "Contents", Text("Key", Key(request, o.Key)), Text("LastModified", Time(o.Modified)), Text("ETag", $"\"{o.ETag}\""), Text("Size", o.Size),
                Text("StorageClass", "STANDARD"))),
            common.Select(c => Element("CommonPrefixes", Text("Prefix", Key(request, c))))));
    }

    public async Task DeleteManyAsync(S3Request request)
    {
        Bucket bucket = storage.Get(request.Target.Bucket);
        XElement document = Parse(await RequestBody.ReadAsync(request.Context, request.Signature).ConfigureAwait(false));
        string[] keys = [.. document.Children("Object").Select(o => o.Child("Key") ?? "")];
        if (keys.Length is 0 or > MaxKeys)
        {
            throw S3Exception.BadRequest("MalformedXML", $"1 to {MaxKeys} keys can be deleted at once");
        }

        foreach (string key in keys)
        {
            bucket.Delete(key);
        }

        bool quiet = document.Child("Quiet") == "true";
        await WriteAsync(request.Context, 200, Element(
            "DeleteResult", quiet ? null : keys.Select(k => Element("Deleted", Text("Key", k))))).ConfigureAwait(false);
    }

    private IEnumerable<ObjectInfo> Visible(S3Request request, string prefix, string after)
    {
        List<ObjectInfo> all = storage.Get(request.Target.Bucket).List(prefix, after);
        return request.Fault is { Fault.Action: FaultAction.StaleList } stale
            ? all.Where(o => o.Sequence <= stale.Marks.GetValueOrDefault(request.Target.Bucket))
            : all;
    }

    private static string? GroupOf(string key, string prefix, string delimiter)
    {
        int end = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return end < 0 ? null : key[..(end + delimiter.Length)];
    }

    private static string Decode(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(token));
        }
        catch (FormatException)
        {
            throw S3Exception.BadRequest("InvalidArgument", "the continuation token is not one of this server");
        }
    }
}
