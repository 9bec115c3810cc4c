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

    /// <summary>Name that must stand in the broker's certificate.</summary>
    public required string ServerName { get; init; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="ConfigurationException">A file cannot be used.</exception>
    public static BrokerTls Read(SettingsSource settings, string host)
    {
        string? authorities = settings.Find("broker-ca-file");
        string? certificate = settings.Find("broker-certificate-file");
        return new BrokerTls
        {
            ServerName = settings.Find("broker-server-name") ?? host,
            Authorities = authorities is null ? null : Load(authorities, "broker-ca-file", path =>
            {
                var found = new X509Certificate2Collection();
                found.ImportFromPemFile(path);
                return found.Count > 0 ? found : throw new CryptographicException("it has no certificate");
            }),
            Certificate = certificate is null ? null : Load(certificate, "broker-certificate-file", path => X509Certificate2.CreateFromPemFile(path, settings.Find("broker-key-file"))),
        };
    }

    /// <summary>Whether a certificate of the broker is accepted.</summary>
    public bool Accepts(X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // With authorities of our own the system's opinion about the chain does not count; its opinion about the name does.
        if (Authorities is null || certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var copy = new X509Certificate2(certificate);
        return chain.Build(copy);
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
