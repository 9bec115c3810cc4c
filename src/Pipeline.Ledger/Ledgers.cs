using Pipeline.Contracts.Errors;
using Pipeline.Ledger.Postgres;
using Pipeline.Ledger.Sqlite;

namespace Pipeline.Ledger;

/// <summary>Opens ledgers by their address: the one place that knows which kinds there are.</summary>
public static class Ledgers
{
    /// <summary>
    /// Opens the SQLite file <c>FILE</c> (created when missing), or a PostgreSQL database named by <c>postgres://user@host:port/database</c> or by key and value
    /// (<c>Host=…;Database=…;Username=…</c>).
    /// </summary>
    /// <exception cref="LedgerException">The address or the database cannot be used, or a newer program wrote it.</exception>
    public static async Task<ILedger> OpenAsync(string address, LedgerOptions? options, CancellationToken cancellation)
    {
        LedgerOptions chosen = options ?? new LedgerOptions();
        if (IsPostgres(address))
        {
            var postgres = new PostgresLedgerOptions
            {
                Connection = address, Password = chosen.Password, PasswordFile = chosen.PasswordFile, MaxConnections = chosen.MaxConnections, RideOut = chosen.RideOut, Retry = chosen.Retry,
            };
            return await PostgresLedger.OpenAsync(postgres, cancellation).ConfigureAwait(false);
        }

        if (address.Length == 0 || address.Contains("://", StringComparison.Ordinal) || address.Contains('\0', StringComparison.Ordinal))
        {
            string message = $"'{address.Split('@')[^1]}' is not the address of a ledger; name a file, or postgres://user@host:port/database";
            throw new LedgerException(ErrorCodes.EnvironmentFault, FaultClass.Environment, message);
        }

        return new SqliteLedger(new SqliteLedgerOptions { Path = address, FlushToDisk = chosen.FlushToDisk, Retry = chosen.Retry });
    }

    /// <summary>Whether an address names a PostgreSQL database, which several processes on several machines can share, and not a file.</summary>
    public static bool IsPostgres(string address) => PostgresConnectionText.IsUri(address) || address.StartsWith("Host=", StringComparison.OrdinalIgnoreCase);
}
