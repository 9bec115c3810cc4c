namespace Pipeline.Ledger.Tests;

[Trait("Category", "Live")]
public sealed class PostgresStateMachineTests : StateMachineContract
{
    private protected override async Task<ITestDatabase> CreateAsync() => await PostgresTestDatabase.CreateAsync();
}
