namespace Pipeline.Ledger.Tests;

public sealed class SqliteStateMachineTests : StateMachineContract
{
    private protected override Task<ITestDatabase> CreateAsync() => Task.FromResult<ITestDatabase>(new SqliteTestDatabase());
}
