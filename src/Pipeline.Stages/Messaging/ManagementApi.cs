using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Errors;
using Pipeline.Hosting.Connections;

namespace Pipeline.Stages.Messaging;

/// <summary>The calls of RabbitMQ's management API that a deployment needs.</summary>
internal sealed class ManagementApi : IDisposable
{
    private readonly BrokerOptions options;
    private readonly HttpClient client;
    private Uri? node;

    public ManagementApi(BrokerOptions options)
    {
        this.options = options;
        // The handler goes with the client.
#pragma warning disable CA2000
        var handler = new SocketsHttpHandler { ConnectTimeout = options.ConnectTimeout };
#pragma warning restore CA2000
        if (options.Tls is { } tls)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => tls.Accepts(certificate, chain, errors);
        }

        client = new HttpClient(handler) { Timeout = options.ConnectTimeout };
        string credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.Password}"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
    }

    /// <summary>Path of the virtual host, escaped.</summary>
    private string VirtualHost => Uri.EscapeDataString(options.VirtualHost);

    /// <summary>The addresses, for messages.</summary>
    public string Addresses => string.Join(" or ", options.Management);

    /// <summary>Whether the API of some node answers this user; that one is asked from then on.</summary>
    public async Task<bool> IsReachableAsync(CancellationToken cancellation)
    {
        foreach (Uri address in options.Management)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri(address, "api/whoami"), cancellation).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    node = address;
                    return true;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                // The next one.
            }
        }

        return false;
    }

    /// <summary>All objects of a kind in the virtual host: <c>queues</c>, <c>exchanges</c>, <c>bindings</c>, <c>policies</c>.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string kind, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await RequireAsync(() => client.GetAsync(At($"api/{kind}/{VirtualHost}"), cancellation), $"list {kind}", cancellation).ConfigureAwait(false);
        return [.. (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation).ConfigureAwait(false)).EnumerateArray()];
    }

    /// <summary>Sets a policy.</summary>
    public async Task PutPolicyAsync(BrokerPolicy policy, CancellationToken cancellation)
    {
        object body = new Dictionary<string, object> { ["pattern"] = policy.Pattern, ["definition"] = policy.Definition, ["priority"] = policy.Priority, ["apply-to"] = "queues" };
        using HttpResponseMessage answer = await RequireAsync(
            () => client.PutAsJsonAsync(At($"api/policies/{VirtualHost}/{policy.Name}"), body, cancellation), $"set policy {policy.Name}", cancellation).ConfigureAwait(false);
    }

    public void Dispose() => client.Dispose();

    private Uri At(string path) => new(node ?? options.Management[0], path);

    private async Task<HttpResponseMessage> RequireAsync(Func<Task<HttpResponseMessage>> request, string action, CancellationToken cancellation)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await request().ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new BrokerException(ErrorCodes.BrokerUnreachable, $"the management API {node} of {options} did not {action}: {e.Message}", e);
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using HttpResponseMessage refusal = answer;
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            throw new BrokerException(ErrorCodes.BrokerRefused, $"the broker {options} has no virtual host '{options.VirtualHost}' ({node} answers 404)");
        }

        string text = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        string hint = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? $"; user '{options.User}' needs the tag 'policymaker' or 'administrator'" : "";
        throw new BrokerException(ErrorCodes.BrokerRefused, $"the management API {node} does not {action}: {(int)answer.StatusCode} {text}{hint}");
    }
}
