using Pipeline.TestServers.Processes;

namespace Pipeline.TestServers.Rabbit;

/// <summary>What a node shows to clients over TLS; files in PEM.</summary>
/// <param name="AuthorityFile">The authority's certificate.</param>
/// <param name="CertificateFile">The node's certificate.</param>
/// <param name="KeyFile">Its key.</param>
public sealed record RabbitTls(string AuthorityFile, string CertificateFile, string KeyFile)
{
    /// <summary>AMQP over TLS.</summary>
    public int Port { get; } = FreePorts.Next();

    /// <summary>The management API over TLS.</summary>
    public int ManagementPort { get; } = FreePorts.Next();

    /// <summary>Lines of the node's settings.</summary>
    internal IEnumerable<string> Settings =>
    [
        $"listeners.ssl.1 = 127.0.0.1:{Port}",
        $"ssl_options.cacertfile = {AuthorityFile}",
        $"ssl_options.certfile = {CertificateFile}",
        $"ssl_options.keyfile = {KeyFile}",
        "ssl_options.verify = verify_none",
        "management.ssl.ip = 127.0.0.1",
        $"management.ssl.port = {ManagementPort}",
        $"management.ssl.cacertfile = {AuthorityFile}",
        $"management.ssl.certfile = {CertificateFile}",
        $"management.ssl.keyfile = {KeyFile}",
    ];
}
