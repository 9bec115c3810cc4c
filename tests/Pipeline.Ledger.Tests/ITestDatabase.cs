namespace Pipeline.Ledger.Tests;

/// <summary>A database of one test, whatever its kind.</summary>
internal interface ITestDatabase : IAsyncDisposable
{
    /// <summary>How the writer program finds it.</summary>
    string Address { get; }

    /// <summary>Opens the ledger in it.</summary>
    Task<ILedger> OpenAsync(TimeProvider? time, RetryPolicy? retry = null);

    /// <summary>All rows of a query as texts; values are separated by bars. The same SQL must suit every kind.</summary>
    Task<List<string>> QueryAsync(string sql);

    /// <summary>Changes the database behind the ledger's back.</summary>
    Task ExecuteAsync(string sql);

    /// <summary>Deletes all rows; the ledger may be open.</summary>
    Task ClearAsync();

    /// <summary>The database as it is now, as another one; the ledger must be closed.</summary>
    Task<ITestDatabase> CopyAsync();
}
