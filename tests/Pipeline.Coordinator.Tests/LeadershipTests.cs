using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Coordinator.Leading;
using Pipeline.Ledger;
using Pipeline.Ledger.Sqlite;
using Pipeline.TestKit;

namespace Pipeline.Coordinator.Tests;

public sealed class LeadershipTests : IAsyncLifetime
{
    // Long enough that nobody loses it because the machine is busy.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);
    private readonly TemporaryFolder folder = new();
    private readonly SqliteLedger ledger;

    public LeadershipTests() => ledger = new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("ledger.db"), FlushToDisk = false });

    [Fact]
    public async Task One_leads_and_another_takes_over_when_it_ends()
    {
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        int leading = 0, most = 0, shifts = 0;
        Leadership first = New("first", ledger), second = New("second", ledger);
        Task one = first.RunAsync(Shift, stopFirst.Token);
        await TestTime.UntilAsync(() => first.Leads);
        Task two = second.RunAsync(Shift, stopSecond.Token);
        await Task.Delay(1500);
        Assert.False(second.Leads);
        await stopFirst.CancelAsync();
        await one;
        await TestTime.UntilAsync(() => second.Leads);
        await stopSecond.CancelAsync();
        await two;
        Assert.Equal((1, 2), (most, shifts));

        async Task Shift(CancellationToken lost)
        {
            most = Math.Max(most, Interlocked.Increment(ref leading));
            Interlocked.Increment(ref shifts);
            try
            {
                await Task.Delay(Timeout.Infinite, lost);
            }
            finally
            {
                Interlocked.Decrement(ref leading);
            }
        }
    }

    [Fact]
    public async Task Whoever_cannot_renew_its_lease_stops_before_another_may_lead()
    {
        using var stop = new CancellationTokenSource();
        var cut = new CutOff(ledger);
        Leadership first = New("first", cut);
        var lostAt = new TaskCompletionSource<DateTimeOffset>();
        Task one = first.RunAsync(
            async lost =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, lost);
                }
                finally
                {
                    lostAt.TrySetResult(TimeProvider.System.GetUtcNow());
                }
            },
            stop.Token);
        await TestTime.UntilAsync(() => first.Leads);
        cut.IsCut = true;
        DateTimeOffset lost = await lostAt.Task.WaitAsync(TimeSpan.FromMinutes(5));
        DateTimeOffset until = cut.Last!.Until;
        // It ends a tenth of the lease early; whatever a busy machine adds stays well below the lease.
        Assert.True(lost <= until + TimeSpan.FromSeconds(1), $"stopped {lost - until} after its lease ran out");
        await stop.CancelAsync();
        await one;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    private static Leadership New(string owner, ILeaseLedger leases) => new(leases, owner, Duration, TimeProvider.System, NullLogger.Instance);

    private sealed class CutOff(ILeaseLedger inner) : ILeaseLedger
    {
        public bool IsCut { get; set; }

        /// <summary>The lease that was granted last.</summary>
        public Lease? Last { get; private set; }

        public async Task<Lease?> TryLeadAsync(string name, string owner, TimeSpan duration, CancellationToken cancellation) => Last = IsCut
            ? throw new LedgerException("PIPE1701", Contracts.Errors.FaultClass.Transient, "the network is gone")
            : await inner.TryLeadAsync(name, owner, duration, cancellation);

        public Task ResignAsync(string name, string owner, CancellationToken cancellation) => IsCut ? Task.CompletedTask : inner.ResignAsync(name, owner, cancellation);

        public Task<Lease?> LeaderAsync(string name, CancellationToken cancellation) => inner.LeaderAsync(name, cancellation);
    }
}
