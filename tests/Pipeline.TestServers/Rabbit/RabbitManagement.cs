using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Pipeline.TestServers.Rabbit;

/// <summary>The calls of RabbitMQ's management API that tests need.</summary>
public sealed class RabbitManagement : IDisposable
{
    private readonly HttpClient client;

    internal RabbitManagement(Uri address)
    {
        Address = address;
        client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        string credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RabbitNode.User}:{RabbitNode.Password}"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
    }

    /// <summary>Where the API answers.</summary>
    public Uri Address { get; }

    /// <summary>Whether the node answers.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            using HttpResponseMessage answer = await client.GetAsync("api/overview", limit.Token).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Makes a virtual host and gives a user all rights in it.</summary>
    public async Task CreateVhostAsync(string vhost, string user)
    {
        await PutAsync($"api/vhosts/{Escape(vhost)}", new { }).ConfigureAwait(false);
        await PutAsync($"api/permissions/{Escape(vhost)}/{Escape(user)}", new { configure = ".*", write = ".*", read = ".*" }).ConfigureAwait(false);
    }

    /// <summary>Deletes a virtual host with everything in it; connections to it are closed.</summary>
    public async Task DeleteVhostAsync(string vhost)
    {
        using HttpResponseMessage answer = await client.DeleteAsync($"api/vhosts/{Escape(vhost)}").ConfigureAwait(false);
    }

    /// <summary>The answer of a path below <c>api/</c>, or null where there is nothing.</summary>
    public async Task<JsonElement?> GetAsync(string path)
    {
        using HttpResponseMessage answer = await client.GetAsync($"api/{path}").ConfigureAwait(false);
        return answer.StatusCode == System.Net.HttpStatusCode.NotFound
            ? null
            : await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false);
    }

    /// <summary>Sends a body to a path below <c>api/</c>; the node must accept it.</summary>
    public Task SetAsync(string path, object body) => PutAsync($"api/{path}", body);

    /// <summary>Deletes what a path below <c>api/</c> names, if it is there.</summary>
    public async Task DeleteAsync(string path)
    {
        using HttpResponseMessage answer = await client.DeleteAsync($"api/{path}").ConfigureAwait(false);
    }

    /// <summary>Publishes a message as any client could, past all checks of the product.</summary>
    /// <returns>Whether a queue took it.</returns>
    public Task<bool> PublishAsync(string vhost, string exchange, ReadOnlyMemory<byte> body, object? properties = null) => PublishAsync(vhost, exchange, "", body, properties);

    /// <summary>Publishes a message straight to a queue.</summary>
    /// <returns>Whether the queue took it.</returns>
    public Task<bool> PublishToQueueAsync(string vhost, string queue, ReadOnlyMemory<byte> body) => PublishAsync(vhost, "amq.default", queue, body, null);

    /// <summary>Messages of a queue, taken out of it.</summary>
    public async Task<IReadOnlyList<JsonElement>> TakeAsync(string vhost, string queue, int count)
    {
        object request = new { count, ackmode = "ack_requeue_false", encoding = "auto" };
        using HttpResponseMessage answer = await client.PostAsJsonAsync($"api/queues/{Escape(vhost)}/{Escape(queue)}/get", request).ConfigureAwait(false);
        return [.. (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false)).EnumerateArray()];
    }

    /// <summary>Messages in a queue, ready and in hand; null where there is no such queue. The node counts every five seconds.</summary>
    public async Task<long?> CountAsync(string vhost, string queue) =>
        await GetAsync($"queues/{Escape(vhost)}/{Escape(queue)}").ConfigureAwait(false) is { } found && found.TryGetProperty("messages", out JsonElement messages) ? messages.GetInt64() : null;

    /// <inheritdoc />
    public void Dispose() => client.Dispose();

    private static string Escape(string part) => Uri.EscapeDataString(part);

    private async Task PutAsync(string path, object body)
    {
        using HttpResponseMessage answer = await client.PutAsJsonAsync(path, body).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"PUT {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync().ConfigureAwait(false)}");
        }
    }

    private async Task<bool> PublishAsync(string vhost, string exchange, string routingKey, ReadOnlyMemory<byte> body, object? properties)
    {
        object message = new { properties = properties ?? new { delivery_mode = 2 }, routing_key = routingKey, payload = Convert.ToBase64String(body.Span), payload_encoding = "base64" };
        using HttpResponseMessage answer = await client.PostAsJsonAsync($"api/exchanges/{Escape(vhost)}/{Escape(exchange)}/publish", message).ConfigureAwait(false);
        JsonElement result = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false);
        return result.GetProperty("routed").GetBoolean();
    }
}
