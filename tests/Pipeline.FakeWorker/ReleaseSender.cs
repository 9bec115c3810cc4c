using System.Text;
using System.Text.Json.Nodes;
using MassTransit;
using Pipeline.Hosting.Connections;
using RabbitMQ.Client;

namespace Pipeline.FakeWorker;

/// <summary>Sends messages in the layout of another release, past the product's own serialiser: confirmed, durable, and refused when no queue takes them.</summary>
internal sealed class ReleaseSender : IAsyncDisposable
{
    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly ReleaseLayout layout;
    private readonly SemaphoreSlim turn = new(1);

    private ReleaseSender(IConnection connection, IChannel channel, ReleaseLayout layout) => (this.connection, this.channel, this.layout) = (connection, channel, layout);

    /// <summary>Connects; the folder has the release's messages.</summary>
    public static async Task<ReleaseSender> ConnectAsync(BrokerOptions broker, string folder)
    {
        var factory = new ConnectionFactory { HostName = broker.Nodes[0].Host, Port = broker.Nodes[0].Port, VirtualHost = broker.VirtualHost, UserName = broker.User, Password = broker.Password };
        IConnection connection = await factory.CreateConnectionAsync();
        IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        return new ReleaseSender(connection, channel, new ReleaseLayout(folder));
    }

    /// <summary>Sends to the exchange of a queue.</summary>
    public async Task SendAsync<T>(string queue, T message, CancellationToken cancellation)
        where T : class
    {
        var envelope = new JsonObject { ["messageId"] = Guid.NewGuid().ToString(), ["messageType"] = new JsonArray(MessageUrn.ForTypeString<T>()), ["message"] = layout.Write(message) };
        var properties = new BasicProperties { Persistent = true, ContentType = "application/vnd.masstransit+json" };
        await turn.WaitAsync(cancellation);
        try
        {
            await channel.BasicPublishAsync(queue, "", mandatory: true, properties, Encoding.UTF8.GetBytes(envelope.ToJsonString()), cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
        turn.Dispose();
    }
}
