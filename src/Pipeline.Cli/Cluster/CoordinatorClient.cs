using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Http.Views;

namespace Pipeline.Cli.Cluster;

/// <summary>Talks to a coordinator. What it refuses becomes the command's message; what fails on the way is tried again for a while, because coordinators come and go.</summary>
internal sealed class CoordinatorClient : IDisposable
{
    private const int Tries = 6;
    private readonly HttpClient http;

    public CoordinatorClient(Uri server, string? token)
    {
        http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Task<T> GetAsync<T>(string path, CancellationToken cancellation) => SendAsync<T>(HttpMethod.Get, path, null, cancellation);

    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellation) =>
        SendAsync<T>(HttpMethod.Post, path, body is null ? null : () => new StringContent(JsonSerializer.Serialize(body, body.GetType(), ContractJson.Options), Encoding.UTF8, "application/json"), cancellation);

    /// <summary>Sends a manifest as the body; it is opened again for another try. Null for no body.</summary>
    public Task<T> PostManifestAsync<T>(string path, Func<Stream>? open, CancellationToken cancellation) => SendAsync<T>(
        HttpMethod.Post, path,
        open is null ? null : () =>
        {
            var content = new StreamContent(open());
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            return content;
        },
        cancellation);

    public void Dispose() => http.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string path, Func<HttpContent>? content, CancellationToken cancellation)
    {
        TimeSpan pause = TimeSpan.FromMilliseconds(250);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path) { Content = content?.Invoke() };
                using HttpResponseMessage answer = await http.SendAsync(request, cancellation).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    return ContractJson.Deserialize<T>(await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
                }

                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == Tries)
                {
                    throw await FailureAsync(answer, cancellation).ConfigureAwait(false);
                }
            }
            catch (HttpRequestException e) when (attempt < Tries && e.HttpRequestError is not HttpRequestError.NameResolutionError)
            {
                // Tried again below.
            }
            catch (HttpRequestException e)
            {
                throw CommandFailure.Environment($"the coordinator {http.BaseAddress} does not answer: {e.Message} (--server or MOODPIPE_SERVER names it; moodpipe serve starts one)");
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause *= 2;
        }
    }

    private static async Task<CommandFailure> FailureAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        try
        {
            ProblemView problem = ContractJson.Deserialize<ProblemView>(body);
            string lines = string.Concat((problem.Lines ?? []).Take(10).Select(l => $"\n  line {l.Line}: {l.Message} [{l.Code}]"));
            return new CommandFailure((int)answer.StatusCode >= 500 ? ExitCodes.Environment : ExitCodes.Usage, $"{problem.Detail} [{problem.Code}]{lines}");
        }
        catch (JsonException)
        {
            return CommandFailure.Environment($"the coordinator answered {(int)answer.StatusCode}, and not in its own words; is something else listening there?");
        }
    }
}
