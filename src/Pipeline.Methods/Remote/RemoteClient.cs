using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace Pipeline.Methods.Remote;

/// <summary>Sends a form to a service and reads its answer, with a time limit for each attempt, a size limit for the answer, and further attempts after passing failures. Redirects are not followed.</summary>
internal sealed class RemoteClient : IDisposable
{
    private const int ShownText = 300;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private readonly RemoteService service;
    private readonly Uri endpoint;
    private readonly HttpClient http;
    private readonly ResiliencePipeline retries;

    /// <param name="service">Which service; its values were checked.</param>
    /// <param name="time">Clock of retries.</param>
    public RemoteClient(RemoteService service, TimeProvider time)
    {
        this.service = service;
        endpoint = new Uri(service.Endpoint, UriKind.Absolute);
#pragma warning disable CA5399 // The platform checks certificate revocation as it is configured to.
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(Math.Min(30, service.TimeoutSeconds)) })
#pragma warning restore CA5399
        {
            Timeout = Timeout.InfiniteTimeSpan, // each attempt has its own
        };
        if (service.Token is { } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        retries = service.Attempts == 1 ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = service.Attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromSeconds(service.RetryDelaySeconds),
            MaxDelay = LongestWait,
            ShouldHandle = new PredicateBuilder().Handle<RemoteFailureException>(),
            DelayGenerator = args => ValueTask.FromResult((args.Outcome.Exception as RemoteFailureException)?.RetryAfter is { } asked && asked < LongestWait ? asked : (TimeSpan?)null),
        }).Build();
    }

    /// <summary>The body of a successful answer; empty for 204.</summary>
    /// <param name="form">Makes the form anew for every attempt.</param>
    /// <param name="cancellation">Ends the attempt and the waiting.</param>
    /// <exception cref="EditException">The service refused, or its answer is no answer.</exception>
    /// <exception cref="IOException">All attempts failed in passing ways.</exception>
    public byte[] Post(Func<MultipartFormDataContent> form, CancellationToken cancellation) =>
        retries.ExecuteAsync(async token => await AttemptAsync(form, token).ConfigureAwait(false), cancellation).AsTask().GetAwaiter().GetResult();

    public void Dispose() => http.Dispose();

    private async Task<byte[]> AttemptAsync(Func<MultipartFormDataContent> form, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(service.TimeoutSeconds));
        try
        {
            using MultipartFormDataContent content = form();
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = content };
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NoContent)
            {
                return [];
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await RefusalAsync(response, limit.Token).ConfigureAwait(false);
            }

            return await ReadAsync(response, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new RemoteFailureException($"{endpoint.Authority}: no complete answer within {service.TimeoutSeconds} s; raise {service.Names.Timeout} if it takes longer there", null, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not RemoteFailureException)
        {
            throw new RemoteFailureException($"{endpoint.Authority}: {e.Message}", null, e);
        }
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        EditException TooLarge() => EditException.Remote(
            $"{endpoint.Authority}: the answer is larger than the limit of {service.MaxResponseBytes:N0} bytes; {(service.Names.MaxResponse is { } name ? $"raise {name}, or " : "")}make the service compress");
        if (response.Content.Headers.ContentLength > service.MaxResponseBytes)
        {
            throw TooLarge();
        }

        using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using var kept = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (kept.Length + read > service.MaxResponseBytes)
            {
                throw TooLarge();
            }

            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

    // Busy, overloaded and broken services may recover; what they refuse they will refuse again.
    private async Task<Exception> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        int status = (int)response.StatusCode;
        string message = $"{endpoint.Authority}: answered {status.ToString(CultureInfo.InvariantCulture)} {await TextAsync(response, cancellation).ConfigureAwait(false)}".TrimEnd();
        return status is 408 or 425 or 429 or >= 500
            ? new RemoteFailureException(message, response.Headers.RetryAfter?.Delta)
            : EditException.Remote(status is >= 300 and < 400 ? $"{message}: redirects are not followed, name the final address" : message);
    }

    private static async Task<string> TextAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        byte[] buffer = new byte[ShownText];
        int length = await body.ReadAtLeastAsync(buffer, ShownText, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        string text = System.Text.Encoding.UTF8.GetString(buffer, 0, length);
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
    }
}
