using System.Security.Authentication;
using Pipeline.Contracts.Errors;
using Pipeline.Hosting.Connections;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Pipeline.Stages.Messaging;

/// <summary>Plain connections to the broker, beside the bus: for deployment, for checks at start, for messages that the bus cannot read.</summary>
internal static class BrokerLink
{
    private const int NotAllowed = 530;

    /// <summary>Connects once.</summary>
    /// <exception cref="BrokerException">The broker does not answer or refuses; the message says which.</exception>
    public static async Task<IConnection> OpenAsync(BrokerOptions options, string name, CancellationToken cancellation)
    {
        var factory = new ConnectionFactory
        {
            VirtualHost = options.VirtualHost,
            UserName = options.User,
            Password = options.Password,
            RequestedHeartbeat = options.Heartbeat,
            RequestedConnectionTimeout = options.ConnectTimeout,
            AutomaticRecoveryEnabled = false,
            MaxInboundMessageBodySize = BrokerOptions.MaxTransferBytes,
        };
        try
        {
            IConnection connection = await factory.CreateConnectionAsync(options.Nodes.Select(node => Endpoint(node, options.Tls)), name, cancellation).ConfigureAwait(false);
            // A virtual host that is missing shows at the first channel at the latest.
            using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellation).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (Causes(e).OfType<AuthenticationFailureException>().Any())
        {
            throw new BrokerException(ErrorCodes.BrokerRefused, $"the broker {options} refuses user '{options.User}': name and password do not fit (broker-user, broker-password)", e);
        }
        catch (Exception e) when (Causes(e).OfType<OperationInterruptedException>().Any(i => i.ShutdownReason?.ReplyCode == NotAllowed))
        {
            throw new BrokerException(ErrorCodes.BrokerRefused, $"the broker {options} has no virtual host '{options.VirtualHost}', or user '{options.User}' has no right to it", e);
        }
        catch (Exception e) when (Causes(e).OfType<AuthenticationException>().Any())
        {
            throw new BrokerException(ErrorCodes.BrokerRefused, $"the broker {options} is not trusted: {options.Tls?.LastProblem ?? Causes(e).OfType<AuthenticationException>().Last().Message}", e);
        }
        catch (Exception e) when (e is BrokerUnreachableException or IOException or TimeoutException)
        {
            throw new BrokerException(ErrorCodes.BrokerUnreachable, $"the broker {options} does not answer: {Causes(e).Last().Message}", e);
        }
    }

    private static AmqpTcpEndpoint Endpoint(BrokerNode node, BrokerTls? tls)
    {
        var secure = new SslOption(tls?.ServerNames[0] ?? "", enabled: tls is not null);
        if (tls is not null)
        {
            secure.CertificateValidationCallback = (_, certificate, chain, errors) => tls.Accepts(certificate, chain, errors);
            secure.Certs = tls.Certificate is null ? null : [tls.Certificate];
        }

        return new AmqpTcpEndpoint(node.Host, node.Port, secure, BrokerOptions.MaxTransferBytes);
    }

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            yield return error;
            foreach (Exception one in (error as AggregateException)?.InnerExceptions.SelectMany(Causes) ?? [])
            {
                yield return one;
            }
        }
    }
}
