using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Coordinator.Leading;
using Pipeline.Ledger;
using Pipeline.Ledger.Sqlite;
using Pipeline.Shared;
using Pipeline.TestKit;

namespace Pipeline.Coordinator.Tests;

public sealed class LeadershipTests : IAsyncLifetime
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);
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
        var clock = new TimerTime();
        var leases = new CutLease(clock);
        var first = new Leadership(leases, "first", Duration, clock, NullLogger.Instance);
        var lostAt = new TaskCompletionSource<(TimeSpan Elapsed, int Refused)>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task one = first.RunAsync(
            async lost =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, lost);
                }
                finally
                {
                    lostAt.TrySetResult((clock.Elapsed, leases.Refused));
                }
            },
            stop.Token);
        await TestTime.UntilAsync(() =>
        {
            clock.Step();
            return lostAt.Task.IsCompleted;
        });
        // Renewed once after a third of the lease, and never again.
        (TimeSpan elapsed, int refused) = await lostAt.Task;
        Assert.InRange(elapsed, Duration * 1.2, Duration * 1.25);
        Assert.Equal(3, refused);
        await stop.CancelAsync();
        await one;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    // Long, so that nobody loses it while the machine is busy.
    private static Leadership New(string owner, ILeaseLedger leases) => new(leases, owner, Duration * 10, TimeProvider.System, NullLogger.Instance);

    /// <summary>A lease that is taken, renewed once, and then out of reach.</summary>
    private sealed class CutLease(TimerTime clock) : ILeaseLedger
    {
        private int asked;

        public int Refused => Math.Max(0, asked - 2);

        public Task<Lease?> TryLeadAsync(string name, string owner, TimeSpan duration, CancellationToken cancellation) => ++asked <= 2
            ? Task.FromResult<Lease?>(new Lease(name, owner, 1, clock.GetUtcNow() + duration, duration))
            : throw new LedgerException("PIPE1701", Contracts.Errors.FaultClass.Transient, "the network is gone");

        public Task ResignAsync(string name, string owner, CancellationToken cancellation) => Task.CompletedTask;

        public Task<Lease?> LeaderAsync(string name, CancellationToken cancellation) => Task.FromResult<Lease?>(null);
    }
}
