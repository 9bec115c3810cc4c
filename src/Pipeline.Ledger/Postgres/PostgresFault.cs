using Npgsql;
using Pipeline.Contracts.Errors;

namespace Pipeline.Ledger.Postgres;

/// <summary>What an error of the server or of the way to it means.</summary>
internal static class PostgresFault
{
    // The same transaction succeeds later: serialization, deadlock, locks, connections, shutdown and start, a standby that is not yet promoted.
    private static readonly HashSet<string> Passing = new(StringComparer.Ordinal)
    {
        PostgresErrorCodes.SerializationFailure, PostgresErrorCodes.DeadlockDetected, PostgresErrorCodes.LockNotAvailable, PostgresErrorCodes.TooManyConnections,
        PostgresErrorCodes.AdminShutdown, PostgresErrorCodes.CrashShutdown, PostgresErrorCodes.CannotConnectNow, PostgresErrorCodes.ReadOnlySqlTransaction,
        "25P03", // idle in transaction for too long
    };

    /// <summary>Whether trying again makes sense.</summary>
    public static bool IsPassing(Exception error) => error switch
    {
        PostgresException e => Passing.Contains(e.SqlState) || e.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException e => e.IsTransient || e.InnerException is IOException or TimeoutException or System.Net.Sockets.SocketException or ObjectDisposedException,
        _ => error is IOException or TimeoutException,
    };

    /// <summary>The error as the ledger reports it; no values of rows, no password.</summary>
    public static LedgerException Report(Exception error, string where, TimeSpan? tried)
    {
        if (tried is { } time)
        {
            string message = $"PostgreSQL at {where} was not usable for {time.TotalSeconds:0} s: {error.Message}. See that the server runs and can be reached; what was committed is safe";
            return new LedgerException(ErrorCodes.Ledger, FaultClass.Transient, message, error);
        }

        (FaultClass faultClass, string advice) = error switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } => (FaultClass.Environment, "check user and password"),
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => (FaultClass.Environment, "create the database first (createdb)"),
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => (FaultClass.Environment, "the user needs the right to create and change tables"),
            PostgresException { SqlState: PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory } => (FaultClass.Environment, "make room on the server"),
            PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => (FaultClass.Transient, "a statement took longer than the limit"),
            PostgresException { SqlState: "53400" } => (FaultClass.Environment, "raise the server's limit"),
            PostgresException => (FaultClass.Logic, "this is a defect, or the tables were changed by hand"),
            _ => (FaultClass.Environment, "check address, encryption and password"),
        };
        string state = error is PostgresException postgres ? $" [{postgres.SqlState}]" : "";
        return new LedgerException(ErrorCodes.Ledger, faultClass, $"PostgreSQL at {where}: {error.Message}{state}; {advice}", error);
    }
}
