using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Storage;
using Pipeline.Storage.S3;

namespace Pipeline.Cli.Cluster;

/// <summary>Opens what the settings name: the same way in every process of a cluster.</summary>
internal static class Connections
{
    private const string Prefix = "MOODPIPE_";

    /// <summary>How a store is reached; the role's own settings win (<c>source-s3-endpoint</c> before <c>s3-endpoint</c>).</summary>
    /// <param name="settings">Settings.</param>
    /// <param name="role"><c>SOURCE</c>, <c>OUTPUT</c>, or empty for the artefacts.</param>
    public static StoreOptions StoreOptions(SettingsSource settings, string role = "") => new()
    {
        S3 = S3Access.FromEnvironment(role, variable => settings.Find(variable[Prefix.Length..].ToLowerInvariant().Replace('_', '-'))),
    };

    /// <summary>Opens the artefact store.</summary>
    public static IArtefactStore Store(SettingsSource settings) => ArtefactStores.Open(settings.Require("store", "--store s3://bucket/moodpipe"), StoreOptions(settings));

    /// <summary>Opens the ledger.</summary>
    public static Task<ILedger> LedgerAsync(SettingsSource settings, RetryPolicy retry, CancellationToken cancellation) =>
        LedgerAsync(settings.Require("ledger", "--ledger postgres://db.example/moodpipe"), settings, retry, cancellation);

    /// <summary>Opens a ledger that is there already: a file that does not exist is refused and not made.</summary>
    public static Task<ILedger> ExistingLedgerAsync(string address, SettingsSource settings, CancellationToken cancellation) => Ledgers.IsPostgres(address) || File.Exists(address)
        ? LedgerAsync(address, settings, new RetryPolicy(), cancellation)
        : throw CommandFailure.Usage($"ledger {Path.GetFullPath(address)} does not exist");

    /// <summary>Opens a ledger by its address, with the user and password of the settings.</summary>
    public static Task<ILedger> LedgerAsync(string address, SettingsSource settings, RetryPolicy retry, CancellationToken cancellation)
    {
        if (settings.Find("ledger-user") is { } user && address.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) && !address.Contains('@', StringComparison.Ordinal))
        {
            address = address.Replace("://", $"://{Uri.EscapeDataString(user)}@", StringComparison.Ordinal);
        }

        return Ledgers.OpenAsync(address, new LedgerOptions { Password = settings.FindSecret("ledger-password"), Retry = retry }, cancellation);
    }
}
