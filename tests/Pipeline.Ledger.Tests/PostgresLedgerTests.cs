namespace Pipeline.Ledger.Tests;

[Trait("Category", "Live")]
public sealed class PostgresLedgerTests : LedgerContract
{
    private protected override async Task<ITestDatabase> CreateAsync() => await PostgresTestDatabase.CreateAsync();
}
