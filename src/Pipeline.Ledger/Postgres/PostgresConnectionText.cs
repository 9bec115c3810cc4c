using Npgsql;
using Pipeline.Contracts.Errors;

namespace Pipeline.Ledger.Postgres;

/// <summary>Reads connection strings in both forms and adds what the ledger needs.</summary>
internal static class PostgresConnectionText
{
    // How PostgreSQL's own programs call what Npgsql calls otherwise.
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal)
    {
        ["sslmode"] = "SSL Mode", ["sslrootcert"] = "Root Certificate", ["sslcert"] = "SSL Certificate", ["sslkey"] = "SSL Key", ["application_name"] = "Application Name",
    };

    /// <summary>Whether a text is an address of a PostgreSQL database, and not a file.</summary>
    public static bool IsUri(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Settings of the connections.</summary>
    /// <exception cref="LedgerException">The text is no connection string.</exception>
    public static NpgsqlConnectionStringBuilder Read(PostgresLedgerOptions options)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = IsUri(options.Connection) ? OfUri(new Uri(options.Connection)) : new NpgsqlConnectionStringBuilder(options.Connection);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            // The text may hold a password: it is not repeated.
            throw Wrong($"the connection string cannot be read ({e.GetType().Name}); write postgres://user@host:port/database or Host=...;Database=...;Username=...", e);
        }

        if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database))
        {
            throw Wrong("the connection string names no host or no database; write postgres://user@host:port/database or Host=...;Database=...;Username=...", null);
        }

        if (options.MaxConnections < 2 || options.StatementTimeout < TimeSpan.FromSeconds(1) || options.ConnectTimeout < TimeSpan.FromSeconds(1) || options.RideOut < TimeSpan.Zero)
        {
            throw Wrong("at least 2 connections, 1 s for a statement and 1 s for a connection are needed, and the time to ride out is not negative", null);
        }

        Complete(settings, options);
        return settings;
    }

    private static void Complete(NpgsqlConnectionStringBuilder settings, PostgresLedgerOptions options)
    {
        settings.Password = options.Password ?? settings.Password;
        settings.MaxPoolSize = options.MaxConnections;
        settings.Timeout = (int)Math.Min(1024, options.ConnectTimeout.TotalSeconds);
        settings.ApplicationName ??= "moodpipe";
        settings.MaxAutoPrepare = 60;
        settings.IncludeErrorDetail = false; // details repeat values of rows
        if (settings.KeepAlive == 0)
        {
            settings.KeepAlive = 30; // seconds: a server that vanished is noticed
        }

        // The server ends what runs too long; a transaction whose process hangs must not hold its locks for ever. The client waits a little longer than the server.
        long limit = (long)options.StatementTimeout.TotalMilliseconds;
        settings.CommandTimeout = (int)Math.Min(int.MaxValue / 1000, (limit / 1000) + 10);
        settings.Options = $"{settings.Options} -c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit} -c synchronous_commit=on -c timezone=UTC".Trim();
    }

    private static NpgsqlConnectionStringBuilder OfUri(Uri uri)
    {
        string[] user = uri.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(uri.Host), Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')) };
        if (uri.Port > 0)
        {
            settings.Port = uri.Port;
        }

        if (user[0].Length > 0)
        {
            settings.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length == 2)
        {
            settings.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            string key = Uri.UnescapeDataString(parts[0]);
            settings[OtherNames.GetValueOrDefault(key, key)] = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "true";
        }

        return settings;
    }

    private static LedgerException Wrong(string message, Exception? inner) => new(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"PostgreSQL ledger: {message}", inner);
}
