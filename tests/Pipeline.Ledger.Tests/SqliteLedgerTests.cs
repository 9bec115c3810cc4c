namespace Pipeline.Ledger.Tests;

public sealed class SqliteLedgerTests : LedgerContract
{
    private protected override Task<ITestDatabase> CreateAsync() => Task.FromResult<ITestDatabase>(new SqliteTestDatabase());
}
