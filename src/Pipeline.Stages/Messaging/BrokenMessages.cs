using System.Globalization;
using System.Text;
using Pipeline.Contracts.Topology;
using Pipeline.Hosting.Connections;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Pipeline.Stages.Messaging;

/// <summary>Empties the queue of dead messages and those of errors and of skipped messages, which nobody else reads. Plain client: the bus may not understand what lies there.</summary>
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
        foreach (string queue in TopologyPlan.Queues.SelectMany(q => new[] { $"{q}_error", $"{q}_skipped" }).Prepend(QueueNames.Dead))
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
            var headers = (message.BasicProperties.Headers ?? new Dictionary<string, object?>()).ToDictionary(h => h.Key, h => Text(h.Value), StringComparer.Ordinal);
            string reason = headers.GetValueOrDefault("MT-Fault-Message") ?? headers.GetValueOrDefault("MT-Reason") ?? headers.GetValueOrDefault("x-first-death-reason") ?? "unknown";
            await record(new BrokenMessage(queue, reason, message.Body[..Math.Min(MaxBody, message.Body.Length)].ToArray(), headers)).ConfigureAwait(false);
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellation).ConfigureAwait(false);
            taken++;
        }

        return taken;
    }

    private static string Text(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        null => "",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
