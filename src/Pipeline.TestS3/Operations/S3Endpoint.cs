using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.TestS3.Faults;
using Pipeline.TestS3.Objects;
using Pipeline.TestS3.Signing;

namespace Pipeline.TestS3.Operations;

/// <summary>Takes every request: faults first, then the signature, then the operation; refusals become error documents.</summary>
internal sealed class S3Endpoint(S3ServerOptions options, ObjectStorage storage, FaultPlan faults)
{
    private readonly SignatureCheck signatures = new(options);
    private readonly ObjectOperations objects = new(options, storage);
    private readonly MultipartOperations uploads = new(storage);
    private readonly BucketOperations buckets = new(storage);

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers.Date = options.Time.GetUtcNow().UtcDateTime.ToString("R");
        try
        {
            if (context.Request.Path == "/_health")
            {
                await context.Response.WriteAsync("ok", context.RequestAborted).ConfigureAwait(false);
            }
            else if (context.Request.Path == "/_faults")
            {
                await FaultsAsync(context).ConfigureAwait(false);
            }
            else
            {
                await ServeAsync(context).ConfigureAwait(false);
            }
        }
        catch (S3Exception e)
        {
            await RefuseAsync(context, e).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or BadHttpRequestException)
        {
            context.Abort(); // the client is gone, or a fault cut it off
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        var target = new RequestTarget(context);
        ArmedFault? fault = faults.Next($"{context.Request.Method} {target.Path}{context.Request.QueryString}");
        await BeforeAsync(context, fault?.Fault).ConfigureAwait(false);
        VerifiedSignature signature = signatures.Verify(context.Request, target);
        Stream answer = context.Response.Body;
        if (fault?.Fault.Action == FaultAction.AcceptThenFail)
        {
            context.Response.Body = Stream.Null;
        }

        await OperateAsync(new S3Request(context, target, signature, fault)).ConfigureAwait(false);
        if (fault?.Fault.Action == FaultAction.AcceptThenFail)
        {
            context.Response.Body = answer;
            throw new S3Exception(500, "InternalError", "a fault: what was asked has been done all the same");
        }
    }

    private static async Task BeforeAsync(HttpContext context, Fault? fault)
    {
        switch (fault?.Action)
        {
            case FaultAction.SlowDown:
                throw new S3Exception(503, "SlowDown", "a fault: please reduce your request rate");
            case FaultAction.ExpireCredentials:
                throw S3Exception.BadRequest("ExpiredToken", "a fault: the credentials have expired");
            case FaultAction.Stall:
                await Task.Delay(fault.Milliseconds, context.RequestAborted).ConfigureAwait(false);
                break;
            case FaultAction.Corrupt when HttpMethods.IsPut(context.Request.Method):
                context.Request.Body = new CorruptingStream(context.Request.Body, fault.Bytes);
                break;
            case FaultAction.Corrupt:
                context.Response.Body = new CorruptingStream(context.Response.Body, fault.Bytes);
                break;
            case FaultAction.Drop when HttpMethods.IsGet(context.Request.Method):
                context.Response.Body = new DroppingStream(context.Response.Body, fault.Bytes, context);
                break;
            case FaultAction.Drop:
                context.Request.Body = new DroppingStream(context.Request.Body, fault.Bytes, context);
                break;
        }
    }

    private Task OperateAsync(S3Request request)
    {
        RequestTarget target = request.Target;
        string method = request.Context.Request.Method;
        bool upload = target.Has("uploadId");
        return (method, target.Bucket.Length > 0, target.Key.Length > 0) switch
        {
            ("GET", false, _) => buckets.ListBucketsAsync(request),
            ("PUT", true, false) => buckets.CreateAsync(request),
            ("HEAD", true, false) => buckets.HeadAsync(request),
            ("DELETE", true, false) => buckets.DeleteAsync(request),
            ("POST", true, false) when target.Has("delete") => buckets.DeleteManyAsync(request),
            ("GET", true, false) when target.Has("uploads") => uploads.ListUploadsAsync(request),
            ("GET", true, false) when target.Get("list-type") == "2" => buckets.ListAsync(request),
            ("POST", true, true) when target.Has("uploads") => uploads.BeginAsync(request),
            ("POST", true, true) when upload => uploads.CompleteAsync(request),
            ("PUT", true, true) when upload => uploads.PutPartAsync(request),
            ("DELETE", true, true) when upload => uploads.AbortAsync(request),
            ("GET", true, true) when upload => uploads.ListPartsAsync(request),
            ("PUT", true, true) when request.Header("x-amz-copy-source").Length > 0 => objects.CopyAsync(request),
            ("PUT", true, true) => objects.PutAsync(request),
            ("GET", true, true) => objects.GetAsync(request, headOnly: false),
            ("HEAD", true, true) => objects.GetAsync(request, headOnly: true),
            ("DELETE", true, true) => objects.DeleteAsync(request),
            _ => throw new S3Exception(501, "NotImplemented", $"{method} {target.Path} is not supported here"),
        };
    }

    // Whoever reaches the loopback port may set faults: the server is for tests.
    private async Task FaultsAsync(HttpContext context)
    {
        if (HttpMethods.IsDelete(context.Request.Method))
        {
            faults.Clear();
            return;
        }

        try
        {
            faults.Add(await JsonSerializer.DeserializeAsync<Fault>(context.Request.Body, JsonSerializerOptions.Web, context.RequestAborted).ConfigureAwait(false)
                ?? throw new JsonException("a fault must be an object"));
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException)
        {
            throw S3Exception.BadRequest("InvalidArgument", e.Message);
        }
    }

    private async Task RefuseAsync(HttpContext context, S3Exception e)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.Headers.Date = options.Time.GetUtcNow().UtcDateTime.ToString("R");
        if (e.Status >= 500 || context.Request.ContentLength > 0)
        {
            // What is left of the body is not read: the connection cannot be used again.
            context.Response.Headers.Connection = "close";
        }

        await XmlAnswer.ErrorAsync(context, e).ConfigureAwait(false);
    }
}
