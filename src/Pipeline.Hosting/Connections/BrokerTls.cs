using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Hosting.Connections;

/// <summary>How the broker's certificate is checked, and what the client shows of itself.</summary>
public sealed class BrokerTls
{
    /// <summary>Certificates (PEM) of the authorities that may have signed the broker's certificate; null: the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The client's own certificate with its key; null for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Names of which one must stand in the broker's certificate: the hosts of all nodes, unless a name is given.</summary>
    public required IReadOnlyList<string> ServerNames { get; init; }

    /// <summary>Why the last certificate was refused; null when none was. For the message about a connection that failed.</summary>
    public string? LastProblem { get; private set; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="ConfigurationException">A file cannot be used.</exception>
    public static BrokerTls Read(SettingsSource settings, IEnumerable<BrokerNode> nodes)
    {
        string? authorities = settings.Find("broker-ca-file");
        string? certificate = settings.Find("broker-certificate-file");
        return new BrokerTls
        {
            ServerNames = settings.Find("broker-server-name") is { } name ? [name] : [.. nodes.Select(n => n.Host).Distinct()],
            Authorities = authorities is null ? null : Load(authorities, "broker-ca-file", path =>
            {
                var found = new X509Certificate2Collection();
                found.ImportFromPemFile(path);
                return found.Count > 0 ? found : throw new CryptographicException("it has no certificate");
            }),
            Certificate = certificate is null ? null : Load(certificate, "broker-certificate-file", path => X509Certificate2.CreateFromPemFile(path, settings.Find("broker-key-file"))),
        };
    }

    /// <summary>Whether a certificate of the broker is accepted: signed by an authority that counts, and made for a name of a node.</summary>
    /// <param name="certificate">What the broker showed.</param>
    /// <param name="sent">The chain as the system built it, with the certificates that came along.</param>
    /// <param name="errors">The system's opinion. Its word on the chain counts unless authorities are given, its word on the name never: it knows one name only.</param>
    public bool Accepts(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            LastProblem = "it shows no certificate";
            return false;
        }

        using var copy = new X509Certificate2(certificate);
        string subject = $"its certificate '{copy.Subject}'";
        LastProblem = !IsTrusted(copy, sent, errors) ? $"{subject}, issued by '{copy.Issuer}', is not signed by {(Authorities is null ? "an authority that this system trusts" : "an authority of broker-ca-file")}, or has expired"
            : !ServerNames.Any(name => copy.MatchesHostname(name)) ? $"{subject} is not made for {string.Join(" or ", ServerNames.Select(n => $"'{n}'"))}; if it is the right broker, give its name with broker-server-name"
            : null;
        return LastProblem is null;
    }

    private bool IsTrusted(X509Certificate2 certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (Authorities is null)
        {
            return (errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // a server's, not a client's
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static T Load<T>(string path, string setting, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ConfigurationException($"{setting}: {path} cannot be used: {e.Message}", e);
        }
    }
}
