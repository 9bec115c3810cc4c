using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;

namespace Pipeline.Cluster.Tests;

/// <summary>The coordinator's side of a broker, from one leader to the next.</summary>
public sealed class BrokerBusTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly CoordinatorOptions Options = new() { OutputRoot = "unused", ResultWait = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task What_a_leader_has_in_hand_when_it_stops_is_the_next_leaders_and_counts_as_no_error()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("shift");
        var cut = new Intake(isAway: true);
        BrokerBus first = BrokerBus.Of(host.Options, Options, NullLogger.Instance);
        await first.StartAsync(cut, default);
        await first.SendAsync(Result(), default);
        // The ledger is away: the leader keeps the outcomes in hand.
        await cut.Asked.WaitAsync(Limit);
        await first.StopAsync();

        var whole = new Intake(isAway: false);
        BrokerBus second = BrokerBus.Of(host.Options, Options, NullLogger.Instance);
        await second.StartAsync(whole, default);
        await whole.Asked.WaitAsync(Limit);
        await second.StopAsync();
        Assert.Equal(0, await BrokenMessages.TakeAsync(host.Options, 10, _ => Task.CompletedTask, default));
        Assert.Equal((0, 0), (cut.Broken, whole.Broken));
    }

    private static StageResult Result() => new()
    {
        JobId = "job", Stage = StageNames.Edit, WorkerId = "w", Entries = [new StageResultEntry { Item = 1, Outcome = StageOutcome.Done, WorkKey = new string('a', 64) }],
    };

    private sealed class Intake(bool isAway) : ICoordinatorIntake
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int broken;

        /// <summary>Outcomes came.</summary>
        public Task Asked => asked.Task;

        public int Broken => broken;

        public Task TakeResultsAsync(IReadOnlyList<StageResult> results)
        {
            asked.TrySetResult();
            return isAway ? throw new LedgerException(ErrorCodes.Ledger, FaultClass.Transient, "the database is away") : Task.CompletedTask;
        }

        public Task TakeBeatAsync(WorkerBeat beat) => Task.CompletedTask;

        public Task TakeBrokenAsync(BrokenMessage message)
        {
            Interlocked.Increment(ref broken);
            return Task.CompletedTask;
        }
    }
}
