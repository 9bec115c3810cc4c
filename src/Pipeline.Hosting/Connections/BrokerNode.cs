using System.Globalization;

namespace Pipeline.Hosting.Connections;

/// <summary>A node of the broker.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Port of AMQP.</param>
public sealed record BrokerNode(string Host, int Port)
{
    /// <summary>As it stands in an address: an IPv6 address in brackets.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{UriHost}:{Port}");

    /// <summary>The host as it stands in an address.</summary>
    internal string UriHost => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
}
