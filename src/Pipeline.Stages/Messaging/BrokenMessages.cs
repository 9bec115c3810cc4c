using System.Text;
using Pipeline.Hosting.Connections;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Pipeline.Stages.Messaging;

/// <summary>Empties the queues of errors and of skipped messages, which nobody else reads. Plain client: the bus may not understand what lies there.</summary>
public static class BrokenMessages
{
    private const int MaxBody = 64 << 10;

    /// <summary>Hands each message to <paramref name="record"/> and removes it when that returns. Returns how many there were.</summary>
    /// <param name="options">The broker.</param>
    /// <param name="limit">Most messages in one call.</param>
    /// <param name="record">Makes it durable elsewhere.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="BrokerException">The broker does not answer or refuses.</exception>
    public static async Task<int> TakeAsync(BrokerOptions options, int limit, Func<BrokenMessage, Task> record, CancellationToken cancellation)
    {
        if (options.IsInMemory)
        {
            return 0;
        }

        using IConnection connection = await BrokerLink.OpenAsync(options, "moodpipe broken messages", cancellation).ConfigureAwait(false);
        int taken = 0;
        foreach (string queue in TopologyPlan.Queues.SelectMany(q => new[] { $"{q}_error", $"{q}_skipped" }))
        {
            taken += await TakeAsync(connection, queue, limit - taken, record, cancellation).ConfigureAwait(false);
        }

        return taken;
    }

    private static async Task<int> TakeAsync(IConnection connection, string queue, int limit, Func<BrokenMessage, Task> record, CancellationToken cancellation)
    {
        using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellation).ConfigureAwait(false);
        try
        {
            await channel.QueueDeclarePassiveAsync(queue, cancellation).ConfigureAwait(false);
        }
        catch (OperationInterruptedException)
        {
            return 0; // made when the first message goes wrong
        }

        int taken = 0;
        while (taken < limit && await channel.BasicGetAsync(queue, autoAck: false, cancellation).ConfigureAwait(false) is { } message)
        {
            ReadOnlyMemory<byte> body = message.Body.Length > MaxBody ? message.Body[..MaxBody] : message.Body;
            await record(new BrokenMessage(queue, Reason(message.BasicProperties.Headers), body)).ConfigureAwait(false);
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellation).ConfigureAwait(false);
            taken++;
        }

        return taken;
    }

    private static string Reason(IDictionary<string, object?>? headers) =>
        headers is null ? "unknown" : Text(headers, "MT-Fault-Message") ?? Text(headers, "MT-Reason") ?? "unknown";

    private static string? Text(IDictionary<string, object?> headers, string name) => headers.TryGetValue(name, out object? value) ? value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        string text => text,
        _ => null,
    }
    : null;
}
